#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The scheduler filter that stands where Nova's ``PciPassthroughFilter`` does.
"""

import collections
import contextvars
import dataclasses
import typing
from collections.abc import Iterable
from collections.abc import Iterator

from nova.scheduler import filters
from oslo_log import log as logging

from nova_pci_ext import explain
from nova_pci_ext import stats
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class Round:
    """What one call of ``filter_all`` shares between hosts.

    :ivar spec_obj: the request
    :ivar refused: (host, shortage) of each refused host
    """

    spec_obj: typing.Any
    refused: list[tuple[typing.Any, Shortage]] = dataclasses.field(
        default_factory=list)


# Nova calls host_passes once a host, and keeps one filter object for all
# requests: what a request shares between hosts cannot be kept on the filter.
_ROUND: contextvars.ContextVar[Round | None] = contextvars.ContextVar(
    'nova_pci_ext_round', default=None)


class PciPassthroughFilter(filters.BaseHostFilter,
                           filters.CandidateFilterMixin):
    """Pass hosts that can serve all PCI requests of a server at once.

    Contract as Nova's filter of this name: a rebuild passes, a host without
    PCI statistics is refused, and Placement's allocation candidates that the
    host cannot serve are removed from its host state.
    """

    RUN_ON_REBUILD = False

    def filter_all(self, filter_obj_list: Iterable[typing.Any],
                   spec_obj: typing.Any) -> Iterator[typing.Any]:
        """Yield the hosts that pass; say once why none does."""
        this = Round(spec_obj=spec_obj)
        passed = False
        for host_state in filter_obj_list:
            token = _ROUND.set(this)
            try:
                passes = self._filter_one(host_state, spec_obj)
            finally:
                _ROUND.reset(token)
            if passes:
                passed = True
                yield host_state
        if this.refused and not passed:
            _log_histogram(this)

    def host_passes(self, host_state: typing.Any,
                    spec_obj: typing.Any) -> bool:
        """Whether the host can serve the server's PCI requests."""
        pci_requests = spec_obj.pci_requests
        if not pci_requests or not pci_requests.requests:
            return True
        this = _ROUND.get()
        if this is None or this.spec_obj is not spec_obj:
            this = Round(spec_obj=spec_obj)
        shortage = _refusal(host_state, pci_requests.requests)
        if shortage is None:
            return True
        this.refused.append((host_state, shortage))
        LOG.debug('%s: %s', host_state, explain.shortage_text(shortage))
        return False


def _refusal(host_state: typing.Any,
             requests: list[typing.Any]) -> Shortage | None:
    """Filter the candidates of a host; return why none is left."""
    if not host_state.pci_stats:
        return Shortage(reason=Reason.NO_STATISTICS)
    if type(host_state.pci_stats).__module__ == 'nova.pci.stats':
        host_state.pci_stats = stats.PciDeviceStats.adopt(
            host_state.pci_stats)
    found: Shortage | None = None
    good = []
    for candidate in host_state.allocation_candidates:
        refused = _candidate_refusal(host_state.pci_stats, requests,
                                     candidate['mappings'])
        if refused is None:
            good.append(candidate)
        else:
            found = found or refused
    host_state.allocation_candidates = good
    if good:
        return None
    return found or Shortage(reason=Reason.NO_CANDIDATES)


def _candidate_refusal(pci_stats: typing.Any, requests: list[typing.Any],
                       mappings: dict[str, list[str]]) -> Shortage | None:
    if isinstance(pci_stats, stats.PciDeviceStats):
        return pci_stats.refusal(pci_stats.ask(requests, mappings))
    # Somebody else's statistics: they have Nova's interface at least.
    if pci_stats.support_requests(requests, provider_mapping=mappings):
        return None
    return Shortage(reason=Reason.TOO_FEW)


def _log_histogram(this: Round) -> None:
    """Log how many hosts were refused for which reason, with an example."""
    hosts: dict[Reason, list[str]] = collections.defaultdict(list)
    for host_state, shortage in this.refused:
        hosts[shortage.reason].append(host_state.host)
    ranked = sorted(hosts.items(), key=lambda item: (-len(item[1]), item[0]))
    LOG.info('0/%d hosts have the PCI devices: %s', len(this.refused),
             ', '.join(f'{len(names)} {reason} (such as {min(names)})'
                       for reason, names in ranked))
