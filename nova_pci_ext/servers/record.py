# SPDX-License-Identifier: Apache-2.0

"""What Nova's databases have of one server; needs no Nova.

Times are those of the rows: in UTC, without a zone.
"""

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What Nova noted when something went wrong, as its API shows it.

    :ivar host: of the service that noted it, or ''
    """

    at: datetime.datetime | None
    code: int
    message: str
    host: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one service did for an action.

    :ivar result: ``Success``, ``Error``, or '' while it has not ended
    """

    name: str
    result: str
    host: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What somebody asked of the server.

    :ivar request_id: with which the logs of all services name it, or ''
    :ivar message: ``Error`` for one that failed, or ''
    :ivar events: in their order
    """

    at: datetime.datetime | None
    name: str
    request_id: str
    message: str
    events: tuple[Event, ...] = ()

    @property
    def failed(self) -> Event | None:
        """The event that failed, the last of several."""
        return next((each for each in reversed(self.events)
                     if each.result == 'Error'), None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDevice:
    """A row of ``pci_devices`` that names the server.

    :ivar node: UUID of the compute node
    :ivar request: alias or port that it was given for, or ''
    :ivar drained: why it is out of service, None where it is not
    """

    host: str
    node: str
    address: str
    product: str
    status: str
    numa_node: int | None
    request: str
    drained: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A row of ``migrations``.

    :ivar kind: ``resize``, ``migration``, ``live-migration``, ``evacuation``
    :ivar flavors: ids that only databases know, old and new
    """

    at: datetime.datetime | None
    kind: str
    status: str
    source: str
    target: str
    flavors: tuple[int | None, int | None] = (None, None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the records of a server are.

    :ivar cell: name of the cell, or its UUID; None where no cell has it yet
    :ivar cell_uuid: None likewise
    :ivar going: whether Nova's API took it for deleted
    """

    uuid: str
    cell: str | None
    cell_uuid: str | None
    in_cell0: bool = False
    going: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server.

    :ivar status: as Nova's API names its state, or '' where no cell told
    :ivar host: '' for none
    :ivar zone: in which it is, or ''
    :ivar deleted: when its row was deleted, None for one that is there
    :ivar faults: the newest first
    :ivar actions: the newest first
    :ivar moves: the newest first
    :ivar devices: by host and address
    :ivar unread: what could not be read, and why
    """

    place: Place
    name: str = ''
    status: str = ''
    vm_state: str = ''
    task_state: str = ''
    host: str = ''
    zone: str = ''
    created: datetime.datetime | None = None
    launched: datetime.datetime | None = None
    deleted: datetime.datetime | None = None
    faults: tuple[Fault, ...] = ()
    actions: tuple[Action, ...] = ()
    devices: tuple[OwnedDevice, ...] = ()
    moves: tuple[Move, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def uuid(self) -> str:
        """Its UUID."""
        return self.place.uuid

    @property
    def is_deleted(self) -> bool:
        """Whether it is gone, or Nova's API took it for gone."""
        return self.deleted is not None or self.place.going

    @property
    def settled(self) -> bool:
        """Whether it has been on a host and is not deleted.

        Nova would move such a server, or bring it back from its shelf; others
        it would have to boot anew.
        """
        return not self.is_deleted and bool(
            self.host or self.vm_state.startswith('shelved'))

    @property
    def last_failure(self) -> Action | None:
        """The newest action, if that failed."""
        newest = self.actions[0] if self.actions else None
        return newest if newest and (
            newest.message == 'Error' or newest.failed) else None

    @property
    def since(self) -> datetime.datetime | None:
        """The moment of which "why" is asked.

        That of the newest fault for one that failed, else that at which it
        came to its host; a move ends with a row of ``migrations``.
        """
        times = [self.created]
        if self.faults and (not self.settled or self.last_failure
                            or self.vm_state == 'error'):
            times.append(self.faults[0].at)
        elif self.settled:
            times.append(self.launched)
            times += [each.at for each in self.moves if each.status in (
                'finished', 'confirmed', 'completed', 'done')
                and each.target == self.host][:1]
        return max((each for each in times if each is not None),
                   default=None)
