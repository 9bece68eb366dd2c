# SPDX-License-Identifier: Apache-2.0

"""Which published pools requests can have anything to do with."""

import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import demanded
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj.pools import pools_from_objects


class Relevant:
    """Picks the published pools that requests can have anything to do with.

    A pool is left out if its ids and its physical network are not those of
    any alternative; what is left out is eligible for nobody, so a decision on
    the rest is the decision on all.
    """

    def __init__(self, requests: Iterable[DeviceRequest]) -> None:
        ids: set[tuple[str | None, str | None]] = set()
        networks: set[str | None] = set()
        self._all = False
        for request in requests:
            for asked in request.alternatives:
                if asked.product_id is not None:
                    ids.add((asked.vendor_id, asked.product_id))
                elif asked.tag('physical_network') is not None:
                    networks.add(asked.tag('physical_network'))
                else:
                    self._all = True
        self._classes = _Remembered(lambda found: self._all or any(
            (vendor_id, text(found[1])) in ids
            for vendor_id in (text(found[0]), None))
            or text(found[2]) in networks)
        self._masks: dict[object, tuple[int, int]] = {}

    def pick(self, pools: Sequence[protocols.PciDevicePool],
             ) -> Sequence[protocols.PciDevicePool]:
        """Return the relevant ones of ``PciDevicePool`` objects."""
        classes = self._classes
        try:
            return [pool for pool in pools if classes[
                pool._obj_vendor_id, pool._obj_product_id,
                pool._obj_tags.get('physical_network')]]
        except (AttributeError, TypeError):
            return damaged_pools.readable(pools)

    def first(self, pools: Sequence[protocols.PciDevicePool],
              wanted: demanded.Demands,
              *, of_placement: bool = False,
              ) -> Sequence[protocols.PciDevicePool]:
        """Return a few pools that probably serve the requests.

        Computes publish pools with fewer tags first, so that all of a kind
        come together, and what a port takes may come last.

        :param wanted: the same requests
        :param of_placement: whether to return at least all relevant ones that
            have a provider
        """
        try:
            return self._first(pools, wanted, of_placement)
        except (AttributeError, TypeError):
            return damaged_pools.readable(pools)

    def _first(self, pools: Iterable[protocols.PciDevicePool],
               wanted: demanded.Demands,
               of_placement: bool) -> list[protocols.PciDevicePool]:
        masks, relevant = self._masks, self._classes
        found: list[protocols.PciDevicePool] = []
        missing: dict[object, int] = {}
        unserved = (1 << len(wanted)) - 1
        for pool in pools:
            tags = pool._obj_tags
            key = (pool._obj_vendor_id, pool._obj_product_id,
                   tags.get('physical_network'))
            mask, needed = masks.get(key) or self._learn(key, pool, wanted)
            if of_placement and 'rp_uuid' in tags and relevant[key]:
                found.append(pool)
            elif mask & unserved:
                found.append(pool)
                left = missing[key] = (missing.get(key, needed)
                                       - pool._obj_count)
                if left <= 0:
                    unserved &= ~mask
                    if not unserved and not of_placement:
                        break
        return found

    def _learn(self, key: object, pool: protocols.PciDevicePool,
               wanted: demanded.Demands) -> tuple[int, int]:
        """Note whom a pool serves; others like it mostly do too.

        :returns: the demands, and the devices that all of them take
        """
        mask = sum(wanted.mask(found.kind)
                   for found in pools_from_objects([pool]))
        return self._masks.setdefault(key, (mask, sum(
            count for bit, count in enumerate(wanted.counts)
            if mask >> bit & 1)))


class _Remembered(dict[typing.Any, bool]):
    """Answers of a function; clouds have few ids and networks."""

    def __init__(self, function: Callable[[typing.Any], bool]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: typing.Any) -> bool:
        return self.setdefault(key, self._function(key))
