# SPDX-License-Identifier: Apache-2.0

"""Moves that make room for one server, from the question to the plans."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

from nova import context as nova_context

from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import run
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import cloud_fleet
from nova_pci_ext.planning import cloud_movers
from nova_pci_ext.planning import host_board
from nova_pci_ext.planning import movers
from nova_pci_ext.planning import moving
from nova_pci_ext.planning import recorded_fleet
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning.fleet import Fleet


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoomMade:
    """What moves can do for a server.

    :ivar most: moves that were looked for
    :ivar names: of the servers that move, by UUID
    :ivar unknown: what the records do not say of a server, by UUID
    :ivar has_room: whether CPUs, memory and disk were known and counted
    """

    found: moving.Found
    most: int
    names: Mapping[str, str]
    unknown: Mapping[str, str]
    has_room: bool


def of_recordings(server: ServerRequest, inventories: Sequence[Inventory],
                  loaded: PciConfiguration, most: int) -> RoomMade:
    """Find moves among recorded hosts.

    :param loaded: the configuration of all of them, and of the API
    :param most: moves in a plan at most
    """
    with run.configured(loaded):
        run.accept_alternatives()
        fleet = recorded_fleet.RecordedFleet(inventories)
        return _find(fleet, server, recorded_movers.RecordedMovers(
            fleet, inventories), most, has_room=False)


def of_cloud(server: ServerRequest, most: int) -> RoomMade:
    """Find moves in the cloud that the configuration names."""
    fleet = cloud_fleet.CloudFleet()
    return _find(fleet, server, cloud_movers.CloudMovers(
        fleet, nova_context.get_admin_context()), most, has_room=True)


def _find(fleet: Fleet, server: ServerRequest, servers: movers.Movers,
          most: int, *, has_room: bool) -> RoomMade:
    spec = fleet.spec(server)
    asked = movers.without_placement(spec)
    board = host_board.HostBoard(fleet.hosts(spec), servers, movers.Mover(
        name='', kind=moving.NEW, explainer=fleet.explainer(asked),
        need=capacity.need(asked)))
    found = moving.find(board, most)
    moved = {move.server: board.mover(move.server)
             for plan in found.plans for move in plan.moves}
    return RoomMade(
        found=found, most=most, has_room=has_room,
        names={uuid: each.name for uuid, each in moved.items()},
        unknown={uuid: each.unknown for uuid, each in moved.items()
                 if each.unknown})
