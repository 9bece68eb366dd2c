# SPDX-License-Identifier: Apache-2.0

"""The scheduler filter that stands where Nova's ``PciPassthroughFilter`` does.
"""

import collections
import time
import typing
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import nova.conf
from nova.scheduler import filters
from nova.scheduler import utils
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext import stats
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import wording
from nova_pci_ext.metrics import kept
from nova_pci_ext.metrics import listen
from nova_pci_ext.metrics import record
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.scheduler import candidates
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import host_notices
from nova_pci_ext.scheduler import kept_checks
from nova_pci_ext.scheduler import made_candidates
from nova_pci_ext.scheduler import making
from nova_pci_ext.scheduler import numa_hooks
from nova_pci_ext.scheduler import offers
from nova_pci_ext.scheduler import placement_hooks
from nova_pci_ext.scheduler import row_hooks
from nova_pci_ext.scheduler import set_hooks

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)
LOG = logging.getLogger(__name__)


class FilterCall:
    """What one call of ``filter_all`` shares between hosts.

    :param spec_obj: the request
    :param cache: what the worker knows
    :param only_reason: whether nobody reads more of a refusal
    :ivar fault: whether the device sets of the flavor cannot be read
    """

    def __init__(self, spec_obj: protocols.RequestSpec,
                 cache: host_cache.HostCache, *, only_reason: bool) -> None:
        self.requests = _requests(spec_obj)
        self.fault = _fault(spec_obj)
        with asked_sets.asked_by(spec_obj):
            self.asked = candidates.AskedDevices(
                self.requests, cache, only_reason=only_reason)
        self.maker = making.Maker(spec_obj, self.asked.server)
        self.refused: list[tuple[protocols.HostState, Shortage]] = []

    def refuse(self, host_state: protocols.HostState,
               shortage: Shortage) -> None:
        """Note that a host is refused, and log why."""
        self.refused.append((host_state, shortage))
        if LOG.isEnabledFor(logging.DEBUG):
            LOG.debug('%s/%s: %s', printable(host_state.host),
                      printable(host_state.nodename),
                      wording.shortage_text(self.asked.named(shortage)))


class PciPassthroughFilter(filters.BaseHostFilter,
                           filters.CandidateFilterMixin):
    """Pass hosts that can serve all PCI requests of a server at once.

    Contract as Nova's filter of this name: a rebuild passes, a host without
    PCI statistics is refused, and Placement's allocation candidates that the
    host cannot serve are removed from its host state.
    """

    RUN_ON_REBUILD = False

    def __init__(self) -> None:
        # Before the first host state is built, which shall have our
        # statistics.
        install.install(Part.SCHEDULER)
        published_rows.guard()
        placement_hooks.install()
        set_hooks.install()
        numa_hooks.install()
        row_hooks.install()
        # A wrong value stops the service here, not its first request.
        _ = CONF.pci_ext.metrics_listen
        kept_checks.switch()
        self._cache = host_cache.WORKER
        kept.watch('pools', self._cache.rows)
        kept.watch('topologies', self._cache.topologies)
        kept.watch('nodes', self._cache.nodes)
        kept.watch('services', self._cache.services)
        kept.watch('fits', self._cache.fits)
        kept.watch('asked', self._cache.asked)

    def filter_all(self, filter_obj_list: Iterable[protocols.HostState],
                   spec_obj: protocols.RequestSpec,
                   ) -> Iterator[protocols.HostState]:
        """Yield the hosts that pass; say once why none does."""
        listen.serve_once(CONF.pci_ext)
        self._cache.begin()
        # What _filter_one asks for each host is the same for all of them.
        if not _requests(spec_obj) or (
                not self.RUN_ON_REBUILD
                and utils.request_is_rebuild(spec_obj)):
            yield from filter_obj_list
            return
        if type(self).host_passes is not _DECIDE_ALONE:
            # Somebody put another answer in its place: a subclass, or a test.
            yield from super().filter_all(filter_obj_list, spec_obj)
            return
        # Nova keeps one filter object for all requests: what a request
        # shares between hosts cannot be kept on the filter.
        begin = time.perf_counter()
        call = self._call(spec_obj)
        passed = False
        for host_state in filter_obj_list:
            shortage = self._refusal(host_state, call)
            if shortage is None:
                passed = True
                yield host_state
            else:
                call.refuse(host_state, shortage)
        record.filtered(begin, [shortage.reason
                                 for _, shortage in call.refused],
                         passed=passed)
        if call.refused and not passed:
            _log_histogram(call)

    def host_passes(self, host_state: protocols.HostState,
                    spec_obj: protocols.RequestSpec) -> bool:
        """Whether the host can serve the server's PCI requests."""
        if not _requests(spec_obj):
            return True
        call = self._call(spec_obj)
        shortage = self._refusal(host_state, call)
        if shortage is not None:
            call.refuse(host_state, shortage)
        return shortage is None

    def refusal(self, host_state: protocols.HostState,
                spec_obj: protocols.RequestSpec) -> Shortage | None:
        """Return why a host is refused, None if it passes.

        For who wants to know more than ``host_passes`` says; candidates that
        the host cannot serve are removed likewise.
        """
        if not _requests(spec_obj):
            return None
        call = FilterCall(spec_obj, self._cache, only_reason=False)
        shortage = self._refusal(host_state, call)
        return shortage and call.asked.named(shortage)

    def _call(self, spec_obj: protocols.RequestSpec) -> FilterCall:
        """Begin a call whose refusals only a DEBUG line tells in full."""
        return FilterCall(spec_obj, self._cache,
                          only_reason=not LOG.isEnabledFor(logging.DEBUG))

    def _refusal(self, host_state: protocols.HostState,
                 call: FilterCall) -> Shortage | None:
        """Keep the candidates that fit; return why none does.

        A host that cannot be decided is refused, and harms no other.
        """
        try:
            return self._decide(host_state, call)
        except Exception as error:
            host_notices.WORKER.failed(host_state.host, 'Filtering', error)
            host_state.allocation_candidates = []
            return Shortage(reason=Reason.HOST_ERROR)

    def _decide(self, host_state: protocols.HostState,
                call: FilterCall) -> Shortage | None:
        if call.fault:
            host_state.allocation_candidates = []
            return Shortage(reason=Reason.BAD_REQUEST)
        pci_stats = host_state.pci_stats
        if not pci_stats:
            return Shortage(reason=Reason.NO_STATISTICS)
        published = None
        if isinstance(pci_stats, stats.PciDeviceStats):
            published = pci_stats.published
        elif type(pci_stats).__module__ == 'nova.pci.stats':
            host_state.pci_stats = stats.PciDeviceStats.adopt(pci_stats)
        offered = made_candidates.offers_of(host_state.allocation_candidates)
        ours = host_state.pci_stats
        if offered and isinstance(ours, stats.PciDeviceStats):
            good, refused = self._make(host_state, ours, call, offered)
        elif published is None:
            good, refused = _one_by_one(host_state, host_state.pci_stats,
                                        call)
        else:
            good, refused = call.asked.decide(
                self._cache.host(host_state, published), published,
                host_state.allocation_candidates)
        host_state.allocation_candidates = good
        if good:
            return None
        return refused or Shortage(reason=Reason.NO_CANDIDATES)

    def _make(self, host_state: protocols.HostState,
              ours: stats.PciDeviceStats, call: FilterCall,
              offered: Sequence[offers.Offer],
              ) -> tuple[list[protocols.AllocationCandidate],
                         Shortage | None]:
        """Make candidates of what Placement offers on a host."""
        published = ours.published
        pools = (ours.compiled() if published is None
                 else self._cache.host(host_state, published).compiled(
                     published))
        made, refused = call.maker.make(host_state, pools, ours, offered)
        return typing.cast('list[protocols.AllocationCandidate]',
                           made), refused


_DECIDE_ALONE = PciPassthroughFilter.host_passes


def _requests(spec_obj: protocols.RequestSpec,
              ) -> list[protocols.InstancePCIRequest]:
    """Return what the server asks for; empty where it is no PCI device."""
    pci_requests = spec_obj.pci_requests
    return pci_requests.requests if pci_requests else []


def _fault(spec_obj: protocols.RequestSpec) -> bool:
    """Whether the device sets of a flavor cannot be read; say why."""
    try:
        asked_sets.of_spec(spec_obj)
    except exceptions.ConfigErrors as error:
        LOG.warning('No host can serve the flavor: %s',
                    printable(str(error)))
        return True
    return False


def _one_by_one(host_state: protocols.HostState,
                pci_stats: protocols.PciStats | stats.PciDeviceStats | None,
                call: FilterCall) -> tuple[
        list[protocols.AllocationCandidate], Shortage | None]:
    """Decide candidates with statistics that are no longer as published.

    Statistics of any other class are asked through Nova's interface.

    :returns: the good ones, and why the first other one is refused
    """
    assert pci_stats is not None
    good = []
    first = None
    for candidate in host_state.allocation_candidates:
        mappings = candidate['mappings']
        refused = None
        if isinstance(pci_stats, stats.PciDeviceStats):
            refused = pci_stats.refusal(call.asked.ask(mappings))
        elif not pci_stats.support_requests(call.requests,
                                            provider_mapping=mappings):
            refused = Shortage(reason=Reason.TOO_FEW)
        if refused is None:
            good.append(candidate)
        else:
            first = first or refused
    return good, first


def _log_histogram(call: FilterCall) -> None:
    """Log how many hosts were refused for which reason, with an example."""
    hosts: dict[Reason, list[str]] = collections.defaultdict(list)
    for host_state, shortage in call.refused:
        hosts[shortage.reason].append(host_state.host)
    ranked = sorted(hosts.items(), key=lambda item: (-len(item[1]), item[0]))
    LOG.info('0 of %d hosts can serve the PCI requests: %s', len(call.refused),
             printable(', '.join(
                 f'{len(names)} {reason} (such as {min(names)})'
                 for reason, names in ranked)))
