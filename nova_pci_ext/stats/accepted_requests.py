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
        self._left: tuple[list[PoolDict], tuple[Pool, ...]] | None = None

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about."""
        return self.untouched.compiled()

    def remaining(self) -> tuple[Pool, ...]:
        """Return what the accepted requests leave."""
        if self._left is None or self._left[0] is not self.pools:
            self._left = self.pools, novaobj.pools_from_dicts(self.pools)
        return self._left[1]

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what is asked of the pools if another instance asks."""
        return self._accepted.together(ask)

    def units(self) -> dict[str, int]:
        """Return the devices of each provider that were accepted."""
        return self._accepted.units()

    def fits_beside(self, ask: demands.Ask, limit: int) -> bool:
        """Whether an instance fits on what the others leave as they are now.

        Then it fits with them, and nothing has to be decided anew.  Where
        device sets are asked for, that is much less to decide; elsewhere all
        of them together are as few numbers as one, and False is returned.

        :param limit: steps of a decision
        """
        return self._is_cheaper_alone(ask) and decision.can_serve(
            demands.merge([ask]), self.remaining(), limit)

    def _is_cheaper_alone(self, ask: demands.Ask) -> bool:
        return bool(ask.constraints) or self._accepted.has_sets

    def accept(self, ask: demands.Ask, limit: int) -> bool:
        """Accept an instance, or leave everything as it is.

        :param limit: steps of a decision
        :returns: whether it was accepted
        """
        if self._is_cheaper_alone(ask):
            found = decision.search_demands(
                demands.merge([ask]), self.remaining(), limit)
            if not isinstance(found, Shortage):
                self._accepted.add(ask)
                self.pools = DevicePools(self.pools).without(found)
                return True
        found = decision.search_demands(
            self._accepted.together(ask), self.compiled(), limit)
        if isinstance(found, Shortage):
            return False
        self._accepted.add(ask)
        self.pools = self.untouched.without(found)
        return True
