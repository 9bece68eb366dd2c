# SPDX-License-Identifier: Apache-2.0

"""Moves that make room for servers, from the question to the plans."""

import contextlib
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TypedDict

from nova import context as nova_context
from nova import objects

from nova_pci_ext import install
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import run
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import cloud_fleet
from nova_pci_ext.planning import cloud_movers
from nova_pci_ext.planning import host_board
from nova_pci_ext.planning import movers
from nova_pci_ext.planning import moving
from nova_pci_ext.planning import rebalancing
from nova_pci_ext.planning import recorded_fleet
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning.fleet import Fleet


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What is told of the servers of a plan.

    :ivar most: moves that were looked for
    :ivar names: of the servers that move, by UUID
    :ivar unknown: what the records do not say of a server, by UUID
    :ivar has_room: whether CPUs, memory and disk were known and counted
    """

    most: int
    names: Mapping[str, str]
    unknown: Mapping[str, str]
    has_room: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoomMade(Moved):
    """What moves can do for one server."""

    found: moving.Found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rebalanced(Moved):
    """What moves can do for as many servers as possible."""

    found: rebalancing.Rebalanced


def of_recordings(server: ServerRequest, inventories: Sequence[Inventory],
                  loaded: PciConfiguration, most: int) -> RoomMade:
    """Find moves among recorded hosts.

    :param loaded: the configuration of all of them, and of the API
    :param most: moves in a plan at most
    """
    with _recorded(server, inventories, loaded) as board:
        return _find(board, most, has_room=False)


def of_cloud(server: ServerRequest, most: int) -> RoomMade:
    """Find moves in the cloud that the configuration names."""
    return _find(_cloud(server), most, has_room=True)


def rebalance_recordings(
        server: ServerRequest, inventories: Sequence[Inventory],
        loaded: PciConfiguration, most: int) -> Rebalanced:
    """Find the moves after which most servers fit on recorded hosts.

    :param most: moves in all
    """
    install.install(Part.EXPLAIN)
    objects.register_all()
    with _recorded(server, inventories, loaded) as board:
        return _rebalance(board, most, has_room=False)


def rebalance_cloud(server: ServerRequest, most: int) -> Rebalanced:
    """Find the moves after which most servers fit in the cloud."""
    install.install(Part.EXPLAIN)
    objects.register_all()
    run.accept_alternatives()
    databases.check_cells()
    return _rebalance(_cloud(server), most, has_room=True)


@contextlib.contextmanager
def _recorded(server: ServerRequest, inventories: Sequence[Inventory],
              loaded: PciConfiguration) -> Iterator[host_board.HostBoard]:
    with run.configured(loaded):
        run.accept_alternatives()
        fleet = recorded_fleet.RecordedFleet(inventories)
        yield _board(fleet, server, recorded_movers.RecordedMovers(
            fleet, inventories))


def _cloud(server: ServerRequest) -> host_board.HostBoard:
    fleet = cloud_fleet.CloudFleet()
    return _board(fleet, server, cloud_movers.CloudMovers(
        fleet, nova_context.get_admin_context()))


def _board(fleet: Fleet, server: ServerRequest,
           servers: movers.Movers) -> host_board.HostBoard:
    spec = fleet.spec(server)
    asked = movers.without_placement(spec)
    hosts = fleet.hosts(spec)
    return host_board.HostBoard(hosts, servers, movers.Mover(
        name='', kind=moving.NEW, explainer=fleet.explainer(asked),
        need=capacity.need(asked), only=fleet.able(asked)))


def _find(board: host_board.HostBoard, most: int, *,
          has_room: bool) -> RoomMade:
    found = moving.find(board, most)
    return RoomMade(found=found, most=most, has_room=has_room, **_told(
        board, [move for plan in found.plans for move in plan.moves]))


def _rebalance(board: host_board.HostBoard, most: int, *,
               has_room: bool) -> Rebalanced:
    found = rebalancing.find(board, most)
    return Rebalanced(found=found, most=most, has_room=has_room,
                      **_told(board, found.moves))


class _Told(TypedDict):
    names: Mapping[str, str]
    unknown: Mapping[str, str]


def _told(board: host_board.HostBoard, moves: Iterable[moving.Move]) -> _Told:
    moved = {move.server: board.mover(move.server) for move in moves}
    return {'names': {uuid: each.name for uuid, each in moved.items()},
            'unknown': {uuid: each.unknown for uuid, each in moved.items()
                        if each.unknown}}
