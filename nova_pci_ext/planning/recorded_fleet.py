# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as a fleet; equal ones are read once."""

import dataclasses
import functools
from collections.abc import Collection
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import recorded
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.hosts import ExplainedHost
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning.fleet import FleetHost

# What was read, what its owners are called there, and what decides answers.
_Read = tuple[recorded.RecordedHost, Mapping[str, str], Hashable]


class RecordedFleet:
    """Hosts of files, under the configuration that is set.

    :param inventories: any order
    """

    def __init__(self, inventories: Sequence[Inventory]) -> None:
        self._inventories = sorted(inventories, key=lambda each: each.host)
        self._read: list[_Read] = []

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
        if not self._read:
            self._read = list(_read(self._inventories))
        known: dict[Hashable, ExplainedHost] = {}
        found = []
        for each, (read, names, key) in zip(self._inventories, self._read,
                                            strict=True):
            if key not in known:
                known[key] = read.host(spec)
            found.append(FleetHost(
                host=_named(known[key], read, spec, each.host, names),
                key=key, freed=functools.partial(_freed, read, names)))
        return found


def _read(inventories: Iterable[Inventory]) -> Iterator[_Read]:
    """Read hosts, each once of those that differ in nothing but names."""
    known: dict[Inventory, tuple[
        recorded.RecordedHost, Sequence[str], Hashable]] = {}
    for each in inventories:
        owners = list(dict.fromkeys(
            device.owner for device in each.devices if device.owner))
        place = {owner: str(number) for number, owner in enumerate(owners)}
        nameless = dataclasses.replace(each, host='', devices=tuple(
            dataclasses.replace(device, owner=place[device.owner])
            if device.owner else device for device in each.devices))
        if nameless not in known:
            read = recorded.RecordedHost(each)
            known[nameless] = read, owners, read.content()
        read, there, key = known[nameless]
        yield read, dict(zip(owners, there, strict=True)), key


def _named(shown: ExplainedHost, read: recorded.RecordedHost,
           spec: RequestSpec, host: str,
           names: Mapping[str, str]) -> ExplainedHost:
    """Return a host with the owners that it has.

    :param shown: a host that answers as it does
    :param read: what was read in its place, with owners of other names
    :param names: what its owners are called there
    """
    def without(owners: Collection[str]) -> ExplainedHost:
        gone = frozenset(names[each] for each in owners if each in names)
        return _named(read.host(spec, gone), read, spec, host, {
            name: there for name, there in names.items()
            if name not in owners})

    return dataclasses.replace(
        shown, name=host, owners=lambda: tuple(sorted(names)),
        without=without)


def _freed(read: recorded.RecordedHost, names: Mapping[str, str],
           owners: Collection[str]) -> Hashable:
    return read.addresses([names[owner] for owner in owners
                           if owner in names])
