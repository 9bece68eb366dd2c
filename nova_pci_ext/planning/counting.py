# SPDX-License-Identifier: Apache-2.0

"""One count of what a fleet takes, from its flavors to its rows."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import run
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import mixture
from nova_pci_ext.planning.fleet import Fleet


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FlavorRow:
    """One flavor, and what was found.

    :ivar running: servers of it, None where nobody says
    :ivar found: None for a flavor that Nova would refuse
    :ivar together: of a mixture in the proportion of what runs; None where
        there is none, or the flavor is not in it
    :ivar ends: whether the mixture ended because this flavor found no host
    :ivar refusal: why Nova would refuse it, or ''
    """

    name: str
    running: int | None
    found: capacity.FlavorCapacity | None = None
    together: int | None = None
    ends: bool = False
    refusal: str = ''

    @property
    def servers(self) -> int:
        """How many fit, each alone."""
        return self.found.servers if self.found else 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """All flavors, in their order.

    :ivar left_out: flavors that ask for no PCI device
    :ivar has_room: whether CPUs, memory and disk were known and counted
    """

    rows: tuple[FlavorRow, ...]
    left_out: int
    has_room: bool

    @property
    def fits(self) -> bool:
        """Whether each flavor fits at least once."""
        return all(row.servers for row in self.rows)


def count_recorded(flavors: Sequence[ListedFlavor],
                   inventories: Iterable[Inventory],
                   loaded: PciConfiguration,
                   asked: run.Asked = lambda number: None) -> Count:
    """Count what recorded hosts take.

    :param loaded: the configuration of all of them, and of the API
    """
    from nova_pci_ext.planning import recorded_fleet
    install.install(Part.EXPLAIN)
    objects.register_all()
    with run.configured(loaded):
        run.accept_alternatives()
        return _count(recorded_fleet.RecordedFleet(list(inventories)),
                      _described(flavors),
                      {each.name: each.running for each in flavors},
                      asked, has_room=False)


def count_cloud(flavors: Sequence[ListedFlavor] | None,
                asked: run.Asked = lambda number: None) -> Count:
    """Count what the cloud takes that the configuration names.

    :param flavors: None for all of the cloud
    """
    from nova_pci_ext.planning import cloud_fleet
    install.install(Part.EXPLAIN)
    objects.register_all()
    run.accept_alternatives()
    databases.check_cells()
    fleet = cloud_fleet.CloudFleet()
    servers = (_described(flavors) if flavors is not None
               else {name: ServerRequest(flavor=name)
                     for name in fleet.flavors()})
    there = fleet.running()
    written = {each.name: each.running for each in flavors or ()}
    running = {
        name: there.get(name, 0) if written.get(name) is None
        else written[name] for name in servers}
    return _count(fleet, servers, running, asked, has_room=True)


def _described(flavors: Sequence[ListedFlavor],
               ) -> dict[str, ServerRequest]:
    return {each.name: ServerRequest(
        extra_specs=each.extra_specs, vcpus=each.vcpus, ram_mb=each.ram_mb,
        disk_gb=each.disk_gb) for each in flavors}


def _count(fleet: Fleet, servers: Mapping[str, ServerRequest],
           running: Mapping[str, int | None], asked: run.Asked, *,
           has_room: bool) -> Count:
    specs, refused = _specs(fleet, servers)
    wanted = {name: spec for name, spec in specs.items()
              if spec.pci_requests and spec.pci_requests.requests}
    found = {name: capacity.Counter(fleet, spec, asked).count()
             for name, spec in wanted.items()}
    mixed = mixture.place(fleet, wanted, {
        name: number for name, number in running.items() if number})
    rows = tuple(FlavorRow(
        name=name, running=running.get(name), found=found.get(name),
        together=(mixed.servers.get(name, 0)
                  if mixed and running.get(name) and name in found
                  else None),
        ends=mixed is not None and mixed.ended_by == name,
        refusal=refused.get(name, ''))
        for name in servers if name in found or name in refused)
    return Count(rows=rows, left_out=len(specs) - len(wanted),
                 has_room=has_room)


def _specs(fleet: Fleet, servers: Mapping[str, ServerRequest],
           ) -> tuple[dict[str, RequestSpec], dict[str, str]]:
    """Return the requests, and why Nova would refuse the others."""
    specs, refused = {}, {}
    for name, server in servers.items():
        try:
            specs[name] = fleet.spec(server)
        except (exceptions.ServerRequestError,
                exceptions.ConfigErrors) as error:
            refused[name] = str(error).splitlines()[0]
    return specs, refused
