# SPDX-License-Identifier: Apache-2.0

"""What this package measures: each metric, and how it is recorded.

Counters cost a process nothing that can be measured, so they always count;
``metrics_listen`` decides whether anybody can read them.  States of devices
are read when somebody asks, never while a server is built.
"""

import collections
import contextlib
import time
import weakref
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

import prometheus_client
from prometheus_client import core

from nova_pci_ext.metrics import groups
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import PciDevice

#: Ours alone: Nova or oslo may have metrics of their own in the same process.
REGISTRY = prometheus_client.CollectorRegistry()

#: Seconds. A filter run takes 5 microseconds a known host, and 5,000 new
#: hosts with a hundred candidates a second.
_BUCKETS = (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)

_FILTER_SECONDS = prometheus_client.Histogram(
    'nova_pci_ext_filter_seconds',
    'Time of the PCI filter for all hosts of one request.',
    buckets=_BUCKETS, registry=REGISTRY)
_HOSTS_REFUSED = prometheus_client.Counter(
    'nova_pci_ext_hosts_refused_total',
    'Hosts that the PCI filter refused, by reason.',
    ['reason'], registry=REGISTRY)
_REQUESTS_UNSERVED = prometheus_client.Counter(
    'nova_pci_ext_requests_unserved_total',
    'Requests for which the PCI filter left no host.', registry=REGISTRY)
_CLAIMED = prometheus_client.Counter(
    'nova_pci_ext_devices_claimed_total',
    'Devices claimed for instances, by node.', ['node'], registry=REGISTRY)
_RELEASED = prometheus_client.Counter(
    'nova_pci_ext_devices_released_total',
    'Devices freed by instances, by node.', ['node'], registry=REGISTRY)
_CLAIMS_REFUSED = prometheus_client.Counter(
    'nova_pci_ext_claims_refused_total',
    'Claims of instances that the tracker refused, by node.',
    ['node'], registry=REGISTRY)

_DISAGREEMENTS = prometheus_client.Gauge(
    'nova_pci_ext_disagreements',
    'Disagreements that a compute sees in its last update, by kind.',
    ['node', 'kind'], registry=REGISTRY)

# A series that is there from the start has a rate from its first event on.
for _reason in Reason:
    _HOSTS_REFUSED.labels(_reason.value)

_STATES = tuple(state for state in ClaimState if state not in GONE)
_LABELS = ('node', 'product', 'dev_type', 'pf', 'numa_node')


class Tracker(Protocol):
    """What is read of a compute's tracker."""

    @property
    def pci_devs(self) -> Iterable[PciDevice]:
        """Nova's ``PciDevice`` objects."""


class _Devices:
    """Counts the devices of every tracker at the moment of a scrape."""

    def __init__(self) -> None:
        # A tracker that Nova made anew takes the place of the old one.
        self.trackers: weakref.WeakValueDictionary[str, Tracker] = (
            weakref.WeakValueDictionary())

    def collect(self) -> Iterator[core.Metric]:
        """Yield devices and groups, with a zero for a state that is empty.

        The tracker goes on meanwhile: its lock is held while the database is
        written, and a scrape is not worth waiting for that, nor a claim for
        a scrape.
        """
        family = core.GaugeMetricFamily(
            'nova_pci_ext_devices',
            'PCI devices that may be handed out, by kind, PF and state.',
            labels=[*_LABELS, 'state'])
        whole = core.GaugeMetricFamily(
            'nova_pci_ext_device_groups',
            'Groups of [pci_ext] device_group, by type, size and state.',
            labels=['node', 'type', 'size', 'state'])
        drained = core.GaugeMetricFamily(
            'nova_pci_ext_drained_devices',
            'Devices that nova-pci drain took out of service, by use.',
            labels=['node', 'state'])
        unhealthy = core.GaugeMetricFamily(
            'nova_pci_ext_unhealthy_devices',
            'Devices with whose card something is wrong by the kernel.',
            labels=['node'])
        unclean = core.GaugeMetricFamily(
            'nova_pci_ext_unclean_devices',
            'Devices that came back from a server not as they were.',
            labels=['node'])
        free = core.GaugeMetricFamily(
            'nova_pci_ext_free_devices',
            'Devices that a server can get now, by kind.',
            labels=['node', 'product', 'dev_type'])
        largest = core.GaugeMetricFamily(
            'nova_pci_ext_largest_whole_group',
            'Devices in the largest group that is whole, by kind.',
            labels=['node', 'product', 'dev_type'])
        for node, tracker in sorted(self.trackers.items()):
            devices = list(tracker.pci_devs)
            counter = groups.read(devices)
            for each, counts in counter.counts():
                free.add_metric([node, each.ids, each.dev_type], counts.free)
                largest.add_metric([node, each.ids, each.dev_type],
                                   counts.largest_whole)
            for group, states in _count(devices).items():
                for state in _STATES:
                    family.add_metric([node, *group, state], states[state])
            for kind, numbers in groups.count(counter).items():
                for word, number in numbers.items():
                    whole.add_metric([node, *kind, word], number)
            for word, number in _drained(devices).items():
                drained.add_metric([node, word], number)
            unhealthy.add_metric([node], sum(
                counts.unhealthy for _, counts in counter.counts()))
            unclean.add_metric([node], sum(
                dev.status not in GONE
                and release_notes.unclean(dev.extra_info) is not None
                for dev in devices))
        yield from (family, whole, drained, unhealthy, unclean, free, largest)


def _count(devices: Iterable[PciDevice],
           ) -> dict[tuple[str, ...], collections.Counter[str]]:
    """Count states by ids, type, PF and NUMA node."""
    counts: dict[tuple[str, ...], collections.Counter[str]] = (
        collections.defaultdict(collections.Counter))
    for dev in devices:
        if dev.status not in GONE:
            counts[_group(dev)][dev.status] += 1
    return dict(sorted(counts.items()))


def _drained(devices: Iterable[PciDevice]) -> dict[str, int]:
    """Count the drained devices that are in use, and those that are not."""
    found = {'in_use': 0, 'free': 0}
    for dev in devices:
        if (dev.status not in GONE
                and drain_notes.reason(dev.extra_info) is not None):
            found['in_use' if dev.status in OWNED else 'free'] += 1
    return found


def _group(dev: PciDevice) -> tuple[str, ...]:
    """Return the labels of a device; empty where there is no PF or node."""
    own = dev.address if dev.dev_type == 'type-PF' else ''
    return (f'{dev.vendor_id}:{dev.product_id}', dev.dev_type,
            dev.parent_addr or own,
            '' if dev.numa_node is None else str(dev.numa_node))


_DEVICES = _Devices()
REGISTRY.register(_DEVICES)


def watch(node: str, tracker: Tracker) -> None:
    """Count a tracker's devices at each scrape, for as long as it lives.

    :param node: name of the compute node
    """
    _DEVICES.trackers[node] = tracker
    for counter in (_CLAIMED, _RELEASED, _CLAIMS_REFUSED):
        counter.labels(node)


def claimed(node: str, devices: Collection[PciDevice]) -> None:
    """Record that an instance was given devices."""
    _CLAIMED.labels(node).inc(len(devices))


def released(node: str, devices: Collection[PciDevice]) -> None:
    """Record that devices were freed."""
    _RELEASED.labels(node).inc(len(devices))


def disagreements(node: str, kinds: Mapping[str, int]) -> None:
    """Record how many disagreements of each kind there are now."""
    for kind, number in kinds.items():
        _DISAGREEMENTS.labels(node, kind).set(number)


@contextlib.contextmanager
def claiming(node: str) -> Iterator[None]:
    """Record a claim that fails, for whatever reason."""
    try:
        yield
    except Exception:
        _CLAIMS_REFUSED.labels(node).inc()
        raise


def filtered(begin: float, reasons: Sequence[Reason], *,
             passed: bool) -> None:
    """Record one run of the filter over all hosts.

    :param begin: ``time.perf_counter()`` at its start
    :param reasons: of each refused host
    :param passed: whether any host is left
    """
    _FILTER_SECONDS.observe(time.perf_counter() - begin)
    for reason, hosts in collections.Counter(reasons).items():
        _HOSTS_REFUSED.labels(reason.value).inc(hosts)
    if reasons and not passed:
        _REQUESTS_UNSERVED.inc()
