# SPDX-License-Identifier: Apache-2.0

"""Pools into what a compute publishes of them."""

from collections.abc import Hashable
from collections.abc import Iterable

from nova.objects import pci_device_pool

from nova_pci_ext.novaobj import protocols
from nova_pci_ext.stats.device_pools import PoolDict


class Publisher:
    """Makes Nova's objects of pools.

    Nova asks three times in one claim, and a claim changes two pools: the
    objects of the others are those of the last time.
    """

    def __init__(self) -> None:
        self._objects: dict[Hashable, protocols.PciDevicePool] = {}

    def publish(self, pools: Iterable[PoolDict],
                ) -> protocols.PciDevicePoolList:
        """Return the pools for publishing.

        :param pools: without devices
        """
        last, self._objects = self._objects, {}
        for pool in pools:
            key = frozenset(pool.items())
            self._objects[key] = (
                last.get(key) or pci_device_pool.PciDevicePool.from_dict(pool))
        found: protocols.PciDevicePoolList = pci_device_pool.PciDevicePoolList(
            objects=list(self._objects.values()))
        return found
