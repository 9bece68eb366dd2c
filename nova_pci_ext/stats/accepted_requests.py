# SPDX-License-Identifier: Apache-2.0

"""The free devices of a host for which instances are on their way."""

from nova_pci_ext import novaobj
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.stats.device_pools import DevicePools
from nova_pci_ext.stats.device_pools import PoolDict


class AcceptedRequests:
    """Pools as they were, and what was accepted since.

    Which devices earlier instances will get is not decided until their
    compute claims: each question is about all of them and the new one.

    :ivar untouched: the pools as they were
    :ivar pools: copies without what the instances would get now
    """

    def __init__(self, untouched: DevicePools) -> None:
        self.untouched = untouched
        self.pools: list[PoolDict] = untouched.pools
        self._accepted = demands.Accepted()

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about."""
        return self.untouched.compiled()

    def remaining(self) -> tuple[Pool, ...]:
        """Return what the accepted requests leave."""
        return novaobj.pools_from_dicts(self.pools)

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what is asked of the pools if another instance asks."""
        return self._accepted.together(ask)

    def units(self) -> dict[str, int]:
        """Return the devices of each provider that were accepted."""
        return self._accepted.units()

    def accept(self, ask: demands.Ask, limit: int) -> bool:
        """Accept an instance, or leave everything as it is.

        :param limit: steps of a decision
        :returns: whether it was accepted
        """
        found = decision.search_demands(
            self._accepted.together(ask), self.compiled(), limit)
        if isinstance(found, Shortage):
            return False
        self._accepted.add(ask)
        self.pools = self.untouched.without(found)
        return True
