# SPDX-License-Identifier: Apache-2.0

"""Which published pools requests can have anything to do with."""

import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols


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
        self._ids = _Remembered(lambda found: any(
            (vendor_id, text(found[1])) in ids
            for vendor_id in (text(found[0]), None)))
        self._networks = _Remembered(
            lambda found: text(found) in networks)

    def pick(self, pools: Sequence[protocols.PciDevicePool],
             ) -> Sequence[protocols.PciDevicePool]:
        """Return the relevant ones of ``PciDevicePool`` objects."""
        if self._all:
            return pools
        try:
            return self._pick(pools)
        except AttributeError:
            return self._pick(damaged_pools.readable(pools))

    def _pick(self, pools: Iterable[protocols.PciDevicePool],
              ) -> list[protocols.PciDevicePool]:
        ids, networks = self._ids, self._networks
        return [pool for pool in pools
                if ids[pool._obj_vendor_id, pool._obj_product_id]
                or networks[pool._obj_tags.get('physical_network')]]


class _Remembered(dict[typing.Any, bool]):
    """Answers of a function; clouds have few ids and networks."""

    def __init__(self, function: Callable[[typing.Any], bool]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: typing.Any) -> bool:
        return self.setdefault(key, self._function(key))
