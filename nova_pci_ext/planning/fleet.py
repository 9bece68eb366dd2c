# SPDX-License-Identifier: Apache-2.0

"""The hosts of a cloud, or of recordings, that are asked many questions."""

import copy
import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from nova.objects import pci_device_pool

from nova_pci_ext import stats
from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.novaobj.protocols import RequestSpec


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FleetHost:
    """One host, with the state in which it is asked about one request.

    :ivar host: its state is never used up, but copied (``fresh``)
    :ivar key: hosts of equal keys give equal answers
    :ivar freed: returns what owners give back when they leave, so that hosts
        of equal keys of which equal things are given back give equal answers
        too; None where only the host itself does
    """

    host: hosts.ExplainedHost
    key: Hashable
    freed: Callable[[Collection[str]], Hashable] | None = None

    @property
    def name(self) -> str:
        """The name of the host, for people."""
        return self.host.name


class Fleet(Protocol):
    """Where the hosts are from."""

    def spec(self, asked: ServerRequest) -> RequestSpec:
        """Return the request that Nova would hand to the scheduler.

        :raises ServerRequestError: when Nova's API would refuse it
        """

    def explainer(self, spec: RequestSpec) -> answers.Explainer:
        """Return what asks hosts about a request."""

    def hosts(self, spec: RequestSpec) -> Sequence[FleetHost]:
        """Return the hosts, with what is offered to a request."""

    def cell(self, host: str | None) -> str | None:
        """Return the cell that a host is in, None if that is not known."""

    def able(self, spec: RequestSpec, host: str | None = None,
             ) -> frozenset[str] | None:
        """Return the hosts that could have a server at any time.

        :param host: where it is, None for a new one
        :returns: None where nothing is known that would rule some out
        """


def fresh(host: hosts.ExplainedHost) -> hosts.ExplainedHost:
    """Return a host with a state of its own, which can be used up."""
    state = copy.copy(host.state)
    state.allocation_candidates = list(state.allocation_candidates)
    publish(state)
    return dataclasses.replace(host, state=state)


def publish(state: hosts.State,
            pools: Iterable[Mapping[str, object]] | None = None) -> None:
    """Give a state statistics of its own, as its compute would publish them.

    Servers that were placed have their devices then: what comes later does
    not give them others.

    :param pools: what is free; None for what the state has
    """
    known = state.pci_stats
    if isinstance(known, stats.PciDeviceStats):
        state.pci_stats = stats.PciDeviceStats(
            known.numa_topology, stats=pci_device_pool.PciDevicePoolList(
                objects=list(known.to_device_pools_obj().objects)
                if pools is None else [
                    pci_device_pool.PciDevicePool.from_dict(pool)
                    for pool in pools]))


def together(host: hosts.ExplainedHost) -> hosts.ExplainedHost:
    """Return a host whose owners leave together or not at all.

    Who only wants to know whether devices are in use need not ask about each
    owner.
    """
    return dataclasses.replace(
        host, owners=lambda: ('all',) if host.owners() else (),
        without=lambda _: host.without(host.owners()))
