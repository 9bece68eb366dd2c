# SPDX-License-Identifier: Apache-2.0

"""What was probably meant by requests that no device of a host fits.

A PF that is asked for without its type, a type that the devices do not have,
a physical network of almost the name: with another word the host would do.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching.rules import PHYSICAL_NETWORK
from nova_pci_ext.model.change import Change
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.change import OtherNetwork
from nova_pci_ext.model.change import OtherType
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import Origin
from nova_pci_ext.parsing import keys

# What an alias can ask for.
_TYPES = (DeviceType.PF, DeviceType.VF, DeviceType.PCI)
# Nobody reads more, and each is a decision.
_MOST_WAYS = 256
_Corrected = tuple[DeviceRequest, Change | None]


def find(requests: Sequence[DeviceRequest], pools: Sequence[Pool],
         cells: Sequence[GuestCells | None] = (None,)) -> tuple[Changes, ...]:
    """Return the fewest corrections with which the host passes.

    :param requests: of one instance; providers are not looked at
    :param cells: host nodes that the instance could use; one choice of them
        has to work
    :returns: each way with the fewest corrections; none where words are not
        what is wrong
    """
    ways = [_ways(dataclasses.replace(request, providers=()), pools)
            for request in requests]
    if math.prod(map(len, ways)) > _MOST_WAYS:
        return ()
    found: dict[int, list[Changes]] = {}
    for choice in itertools.product(*ways):
        changes = tuple(change for _, change in choice if change is not None)
        if changes and len(changes) <= min(found, default=len(changes)):
            asked = tuple(request for request, _ in choice)
            if any(_fits(asked, pools, each) for each in cells):
                found.setdefault(len(changes), []).append(changes)
    return tuple(found[min(found)]) if found else ()


def _ways(request: DeviceRequest, pools: Sequence[Pool]) -> list[_Corrected]:
    corrected = (_types(request) if request.origin is Origin.FLAVOR
                 else _networks(request, pools))
    return [(request, None), *corrected]


def _types(request: DeviceRequest) -> Iterator[_Corrected]:
    for dev_type in _TYPES:
        alternatives = tuple(
            dataclasses.replace(each, dev_type=dev_type)
            for each in request.alternatives)
        if alternatives != request.alternatives:
            yield (dataclasses.replace(request, alternatives=alternatives),
                   OtherType(name=request.name, dev_type=dev_type))


def _networks(request: DeviceRequest,
              pools: Sequence[Pool]) -> Iterator[_Corrected]:
    there = sorted({name for pool in pools
                    if (name := pool.kind.tag(PHYSICAL_NETWORK))})
    for wanted in sorted({name for each in request.alternatives
                          if (name := each.tag(PHYSICAL_NETWORK))}):
        meant = keys.meant_network(wanted, there)
        if meant is not None and meant != wanted:
            yield (dataclasses.replace(request, alternatives=tuple(
                _on_network(each, meant) for each in request.alternatives)),
                OtherNetwork(name=request.name, network=wanted, meant=meant))


def _on_network(asked: Alternative, network: str) -> Alternative:
    return dataclasses.replace(asked, tags=tuple(
        (key, network if key == PHYSICAL_NETWORK else value)
        for key, value in asked.tags))


def _fits(requests: Sequence[DeviceRequest], pools: Sequence[Pool],
          cells: GuestCells | None) -> bool:
    return decision.can_serve(demands.merge([demands.Ask(
        requests=tuple(requests), cells=cells)]), pools)
