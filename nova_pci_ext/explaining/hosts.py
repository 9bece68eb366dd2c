# SPDX-License-Identifier: Apache-2.0

"""A host as the scheduler sees it, with what is known beside."""

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from nova_pci_ext import stats
from nova_pci_ext.novaobj.protocols import AllocationCandidate
from nova_pci_ext.novaobj.protocols import HostState
from nova_pci_ext.novaobj.protocols import InstanceNUMACell
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import RequestSpec

Cells = list[InstanceNUMACell] | None


class State(HostState, Protocol):
    """A host state with statistics of ours."""

    pci_stats: stats.PciDeviceStats | None


def stats_of(state: State) -> stats.PciDeviceStats:
    """Return the statistics of a host that has some."""
    assert state.pci_stats is not None
    return state.pci_stats


def requests_of(spec: RequestSpec) -> list[InstancePCIRequest]:
    """Return the PCI requests of a server that has some."""
    assert spec.pci_requests is not None
    return spec.pci_requests.requests


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedHost:
    """One host of a cloud or of a recording.

    :ivar name: for people
    :ivar state: Nova's HostState with its allocation candidates
    :ivar claim: takes devices as the compute would, from its pools of
        devices, and returns them; None where only numbers are known.
        Called with PCI requests and guest NUMA cells
    :ivar owners: returns the instances that own devices
    :ivar without: returns the host as it is once some owners have left
    :ivar drained: returns the devices that are out of service and that nobody
        owns, with the reasons
    :ivar undrained: returns the host as it is with some of those back in
        service; None where none can be
    :ivar beyond: all that Placement has on the host, where the scheduler is
        not told all of it because ``[scheduler] max_placement_results`` cut
        the answer off; else empty
    """

    name: str
    state: State
    owners: Callable[[], tuple[str, ...]]
    without: Callable[[Collection[str]], 'ExplainedHost']
    claim: Callable[[list[InstancePCIRequest], Cells],
                    list[PciDevice]] | None = None
    drained: Callable[[], Mapping[str, str]] = dict
    undrained: 'Callable[[Collection[str]], ExplainedHost] | None' = None
    beyond: Sequence[AllocationCandidate] = ()
