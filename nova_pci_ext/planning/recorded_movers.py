# SPDX-License-Identifier: Apache-2.0

"""The owners of recorded devices, as servers that could move.

A recording has the owner of each device and nothing of what it asked for, so
devices of the same kind are taken to be what it needs.
"""

import collections
import dataclasses
from collections.abc import Sequence

from nova import objects

from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import movers
from nova_pci_ext.planning.fleet import Fleet

UNKNOWN = ('what it asked for is not recorded: any devices of the same '
           'vendor, product and type are taken to do')


class RecordedMovers:
    """The owners of all recorded devices."""

    def __init__(self, fleet: Fleet, inventories: Sequence[Inventory],
                 ) -> None:
        self._fleet = fleet
        self._owned: dict[str, list[Device]] = collections.defaultdict(list)
        for each in inventories:
            for device in each.devices:
                if device.owner:
                    self._owned[device.owner].append(device)
        self._known: dict[object, movers.Mover] = {}

    def fixed(self, server: str) -> str:
        """Return nothing: recordings have no states."""
        return ''

    def of(self, server: str) -> movers.Mover:
        """Return a server; see ``Movers``."""
        counts = collections.Counter(
            (device.vendor_id, device.product_id, device.dev_type.value)
            for device in self._owned[server])
        key = tuple(sorted(counts.items()))
        if key not in self._known:
            spec = self._spec(counts)
            self._known[key] = movers.Mover(
                name=server, explainer=self._fleet.explainer(spec), kind=key,
                need=capacity.need(spec), unknown=UNKNOWN)
        return dataclasses.replace(self._known[key], name=server)

    def members(self, group: movers.Group, host: str) -> frozenset[str]:
        """Return nobody: recordings have no groups."""
        return frozenset()

    def _spec(self, counts: collections.Counter[tuple[str, str, str]],
              ) -> RequestSpec:
        spec = self._fleet.spec(ServerRequest())
        spec.pci_requests = objects.InstancePCIRequests(requests=[
            objects.InstancePCIRequest(
                count=number, alias_name='recorded', numa_policy=None,
                request_id=f'{vendor}-{product}-{dev_type}',
                spec=[{'vendor_id': vendor, 'product_id': product,
                       'dev_type': dev_type}])
            for (vendor, product, dev_type), number in sorted(
                counts.items())])
        return movers.without_placement(spec)
