# SPDX-License-Identifier: Apache-2.0

"""What a scrape finds, as samples of the registry."""

import dataclasses
import time

import pytest

from nova_pci_ext.metrics import record
from nova_pci_ext.model.verdict import Reason


@dataclasses.dataclass(kw_only=True)
class Device:
    """What the gauge reads of Nova's PciDevice."""

    address: str = '0000:81:10.0'
    vendor_id: str = '8086'
    product_id: str = '1520'
    dev_type: str = 'type-VF'
    parent_addr: str | None = '0000:81:00.0'
    numa_node: int | None = 0
    status: str = 'available'
    extra_info: dict = dataclasses.field(default_factory=dict)


class Tracker:
    """A compute's tracker, with nothing but devices."""

    def __init__(self, *devices):
        self.pci_devs = devices


def gauge(node):
    """Return the devices of a node that a scrape finds, without zeros."""
    (family,) = [each for each in record.REGISTRY.collect()
                 if each.name == 'nova_pci_ext_devices']
    return {tuple(list(sample.labels.values())[1:]): sample.value
            for sample in family.samples
            if sample.labels['node'] == node and sample.value}


def value(name, **labels):
    return record.REGISTRY.get_sample_value(f'nova_pci_ext_{name}', labels)


def test_devices_are_counted_by_kind_pf_node_and_state():
    tracker = Tracker(
        Device(), Device(status='allocated'), Device(status='allocated'),
        Device(address='0000:81:00.0', product_id='1521', dev_type='type-PF',
               parent_addr=None, status='unavailable'),
        Device(vendor_id='10de', product_id='1db6', dev_type='type-PCI',
               parent_addr=None, numa_node=None),
        Device(status='removed'))
    record.watch('kinds', tracker)
    pf = '0000:81:00.0'
    assert gauge('kinds') == {
        ('8086:1520', 'type-VF', pf, '0', 'available'): 1,
        ('8086:1520', 'type-VF', pf, '0', 'allocated'): 2,
        ('8086:1521', 'type-PF', pf, '0', 'unavailable'): 1,
        ('10de:1db6', 'type-PCI', '', '', 'available'): 1}


def test_a_state_without_devices_is_zero():
    tracker = Tracker(Device(status='allocated'))
    record.watch('full', tracker)
    labels = {'node': 'full', 'product': '8086:1520', 'dev_type': 'type-VF',
              'pf': '0000:81:00.0', 'numa_node': '0'}
    assert {state: value('devices', **labels, state=state) for state in (
        'available', 'claimed', 'allocated', 'unclaimable', 'unavailable',
    )} == {'available': 0, 'claimed': 0, 'allocated': 1, 'unclaimable': 0,
           'unavailable': 0}


def test_a_new_tracker_of_a_node_takes_the_place_of_the_old():
    old, new = Tracker(Device()), Tracker(Device(status='claimed'))
    record.watch('again', old)
    record.watch('again', new)
    assert list(gauge('again').values()) == [1]
    assert next(iter(gauge('again')))[-1] == 'claimed'


def test_a_tracker_that_is_gone_is_not_counted():
    tracker = Tracker(Device())
    record.watch('short', tracker)
    assert gauge('short')
    del tracker
    assert gauge('short') == {}


def test_claims_and_releases_count_devices_and_refusals_count_claims():
    tracker = Tracker()
    record.watch('busy', tracker)
    record.claimed('busy', [Device(), Device()])
    record.released('busy', [Device()])
    with pytest.raises(LookupError), record.claiming('busy'):
        raise LookupError
    with record.claiming('busy'):
        pass
    assert [value(name, node='busy') for name in (
        'devices_claimed_total', 'devices_released_total',
        'claims_refused_total')] == [2, 1, 1]


@pytest.mark.parametrize(('reasons', 'passed', 'unserved'), [
    pytest.param([Reason.JOINT, Reason.JOINT], False, 1, id='no host is left'),
    pytest.param([Reason.JOINT], True, 0, id='another host passes'),
    pytest.param([], False, 0, id='there was no host before'),
])
def test_a_run_of_the_filter(reasons, passed, unserved):
    def now():
        return (value('filter_seconds_count'),
                value('hosts_refused_total', reason='joint'),
                value('requests_unserved_total'))

    before = now()
    record.filtered(time.perf_counter(), reasons, passed=passed)
    assert [new - old for new, old in zip(now(), before, strict=True)] == [
        1, len(reasons), unserved]


def test_every_reason_has_a_series_from_the_start():
    assert all(value('hosts_refused_total', reason=reason) is not None
               for reason in Reason)
