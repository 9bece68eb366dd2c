# SPDX-License-Identifier: Apache-2.0

"""The pools of one host in their three states, behind one face."""

from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.stats import publishing
from nova_pci_ext.stats.accepted_requests import AcceptedRequests
from nova_pci_ext.stats.device_pools import DevicePools
from nova_pci_ext.stats.device_pools import PoolDict
from nova_pci_ext.stats.published_pools import PublishedPools

State = PublishedPools | AcceptedRequests | DevicePools


class HostPools:
    """Pools as published, with accepted requests, or of devices.

    The states are ``PublishedPools``, ``AcceptedRequests`` and
    ``DevicePools``; pools begin as published and never become so again.

    :param published: the pools of the host's row, None for none
    """

    def __init__(self,
                 published: protocols.PciDevicePoolList | None) -> None:
        self._state: State = PublishedPools(published)
        self._publisher = publishing.Publisher()

    @property
    def pools(self) -> list[PoolDict]:
        """The pools as Nova shows them, without what was accepted.

        A live view: whoever changes a pool through it is seen by the next
        question.
        """
        if isinstance(self._state, AcceptedRequests):
            return self._state.pools
        return self._devices().pools

    @pools.setter
    def pools(self, pools: list[PoolDict]) -> None:
        self._state = DevicePools(pools)

    def _devices(self) -> DevicePools:
        """Return pools that can be changed.

        What was accepted on the old ones is out of them for good.
        """
        state = self._state
        if isinstance(state, PublishedPools):
            state = DevicePools(state.dicts())
        elif isinstance(state, AcceptedRequests):
            state = DevicePools(state.pools)
        self._state = state
        return state

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about, for ``matching``."""
        return self._state.compiled()

    @property
    def published(self) -> Sequence[protocols.PciDevicePool] | None:
        """The pools as the compute published them, as text where they are.

        None once anything was accepted, changed or looked at here.
        """
        return (self._state.objects
                if isinstance(self._state, PublishedPools) else None)

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what ``compiled`` has to serve if another instance asks."""
        return self._state.together(ask)

    def accepted_units(self) -> dict[str, int]:
        """Return how many devices of each provider were accepted."""
        state = self._state
        return (state.units() if isinstance(state, AcceptedRequests) else {})

    @property
    def has_accepted(self) -> bool:
        """Whether instances were accepted that the pools still hold."""
        return isinstance(self._state, AcceptedRequests)

    def remaining(self) -> tuple[Pool, ...]:
        """Return what the accepted requests leave, for ``matching``."""
        return self._state.remaining()

    def free_by_node(self) -> dict[int | None, int]:
        """Return how many devices each NUMA node of the host has free."""
        found: dict[int | None, int] = {}
        for pool in self.remaining():
            node = pool.kind.numa_node
            found[node] = found.get(node, 0) + pool.free
        return found

    def __iter__(self) -> Iterator[PoolDict]:
        state = self._state
        for pool in (state.pools if isinstance(state, AcceptedRequests)
                     else self._devices().shown()):
            if pool['count']:
                yield {key: value for key, value in pool.items()
                       if key != 'devices'}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HostPools):
            return NotImplemented
        return self.pools == other.pools

    __hash__ = None  # type: ignore[assignment]

    def to_device_pools_obj(self) -> protocols.PciDevicePoolList:
        """Return the pools for publishing; empty ones are not published."""
        return self._publisher.publish(self)

    def clear(self) -> None:
        """Forget all pools."""
        self.pools = []
