# SPDX-License-Identifier: Apache-2.0

"""The free devices of a host as its compute published them."""

from nova_pci_ext import novaobj
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.recent import Recent
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_pools
from nova_pci_ext.stats.device_pools import PoolDict

# What is asked of one host is asked of all of them: one entry for each set
# of cells that a guest may get, in each thread.
_LIMIT = 64

_merged: Recent[demands.Ask, demanded.Demands] = Recent(
    _LIMIT, 'demands of a server', demanded.content)


def _merge(ask: demands.Ask) -> demanded.Demands:
    return demands.merge([ask])


class PublishedPools:
    """Statistics of which nothing was accepted, changed or looked at.

    :ivar objects: Nova's, those that cannot be read among them
    """

    def __init__(self, published: protocols.PciDevicePoolList | None) -> None:
        self.objects = (novaobj.pool_objects(published)
                        if published is not None else [])
        self._compiled: tuple[Pool, ...] | None = None

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about, as published."""
        if self._compiled is None:
            known = (self.objects.known
                     if isinstance(self.objects, row_pools.RowPools)
                     else None)
            self._compiled = (
                novaobj.pools_from_objects(self.objects) if known is None
                else known.compiled(self.objects))
        return self._compiled

    def remaining(self) -> tuple[Pool, ...]:
        """Return what is free: everything."""
        return self.compiled()

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what is asked of the pools if an instance asks."""
        return _merged.find(ask, _merge, ask)

    def dicts(self) -> list[PoolDict]:
        """Return the pools as Nova shows them, few keys first."""
        return sorted((pool.to_dict() for pool in damaged_pools.readable(
            self.objects)), key=len)
