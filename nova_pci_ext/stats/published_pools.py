# SPDX-License-Identifier: Apache-2.0

"""The free devices of a host as its compute published them."""

from nova_pci_ext import novaobj
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.stats.device_pools import PoolDict


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
            self._compiled = novaobj.pools_from_objects(self.objects)
        return self._compiled

    def remaining(self) -> tuple[Pool, ...]:
        """Return what is free: everything."""
        return self.compiled()

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what is asked of the pools if an instance asks."""
        return demands.merge([ask])

    def dicts(self) -> list[PoolDict]:
        """Return the pools as Nova shows them, few keys first."""
        return sorted((pool.to_dict() for pool in damaged_pools.readable(
            self.objects)), key=len)
