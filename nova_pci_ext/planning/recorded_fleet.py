# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as a fleet; equal ones are read once."""

import dataclasses
from collections.abc import Hashable
from collections.abc import Sequence

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import recorded
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning.fleet import FleetHost


class RecordedFleet:
    """Hosts of files, under the configuration that is set.

    :param inventories: any order
    """

    def __init__(self, inventories: Sequence[Inventory]) -> None:
        self._inventories = sorted(inventories, key=lambda each: each.host)

    def spec(self, asked: ServerRequest) -> RequestSpec:
        """Return the request of a server; see ``Fleet``."""
        return requests.request_spec(asked)

    def explainer(self, spec: RequestSpec) -> answers.Explainer:
        """Return what asks the hosts; recorded ones have no other filter."""
        return answers.Explainer(spec)

    def cell(self, host: str | None) -> None:
        """Return None: recorded hosts are in no cells; see ``Fleet``."""

    def able(self, spec: RequestSpec, host: str | None = None) -> None:
        """Return None: nothing of this is recorded; see ``Fleet``."""

    def hosts(self, spec: RequestSpec) -> list[FleetHost]:
        """Return the hosts, by name."""
        known: dict[Hashable, FleetHost] = {}
        found = []
        for each in self._inventories:
            key = _key(each)
            if key not in known:
                known[key] = FleetHost(
                    host=recorded.read_host(each, spec), key=key)
            found.append(FleetHost(host=dataclasses.replace(
                known[key].host, name=each.host), key=key))
        return found


def _key(found: Inventory) -> Hashable:
    """Return what decides an answer: all but names and who owns what."""
    return found.numa_cells, tuple(
        dataclasses.replace(device, owner=device.owner and 'owned')
        for device in found.devices)
