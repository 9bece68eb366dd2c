# SPDX-License-Identifier: Apache-2.0

"""``nova-pci drain``, ``undrain`` and ``drained``: devices out of service.

They run on the host whose devices they are about, as a user who may write
below Nova's ``state_path``.
"""

import argparse
import contextlib
import dataclasses
import datetime
import getpass
import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import drained_rows
from nova_pci_ext.cli import fleet
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import owners
from nova_pci_ext.cli import progress
from nova_pci_ext.cli import sources
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import drained_path
from nova_pci_ext.configuration import driver_option
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable

#: Letters of a reason: it is in a row of Nova's database for each device.
LONGEST_REASON = 200
FAULTS = 2


class Drained(lister.Lister):
    """List what is drained on this host, and what of it is in use.

    Owners are known where the configuration names Nova's database.
    --all-hosts lists the drained devices of a cloud, as that database has
    them.

    Exit status: 0, or 2 when something cannot be read.
    """

    formatter_namespace = 'nova_pci_ext.formatter.list'
    formatter_default = lister.TREE
    rows_name = 'drained'

    _marked: tuple[Mark, ...] = ()
    _elsewhere: int | None = None
    _status = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        self._add_arguments(parser)
        sources.add_arguments(parser, several=False)
        configuration.add_arguments(parser)
        parser.add_argument(
            '--no-owners', action='store_true',
            help='leave the database alone')
        return parser

    def _add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what only one of the commands takes."""
        parser.add_argument(
            '--all-hosts', action='store_true',
            help="the drained devices of all hosts, from Nova's databases, "
                 'which the configuration of a controller names')

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether all could be read."""
        super().run(parsed_args)
        return self._status

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], Iterable[object]]:
        """Read or change the marks, and return their rows."""
        self._check(parsed_args)
        if getattr(parsed_args, 'all_hosts', False):
            return self._of_all_hosts(parsed_args)
        loaded = loader.load_files(parsed_args.sources)
        loaded.require()
        if not loaded.files:
            raise exceptions.UsageError(
                'no configuration file was found; name that of nova-compute '
                'with --config-file')
        path = drained_path.find(loaded.files)
        found = self._host(parsed_args)
        marks = self._marks(parsed_args, path, found)
        self._marked = marks
        self._warn_of_driver(loaded)
        found, knows = self._owners(parsed_args, loaded, found)
        if parsed_args.formatter == lister.TREE:
            return ('line',), [(line,) for line in drained_rows.lines(
                marks, found, knows_owners=knows)]
        return drained_rows.COLUMNS, drained_rows.rows(
            marks, found, knows_owners=knows,
            as_text=parsed_args.formatter not in lister.TYPED)

    def _of_all_hosts(self, asked: argparse.Namespace,
                      ) -> tuple[Sequence[str], Iterable[object]]:
        with contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            found = fleet.read_cloud(asked.sources, None, shown)
        for text in found.unread:
            self.warn(f'not read: {text}')
        self._status = FAULTS if found.unread else 0
        self._elsewhere = len(found.drained)
        if asked.formatter == lister.TREE:
            return ('line',), [(line,) for line in
                               drained_rows.fleet_lines(found.drained)]
        return drained_rows.FLEET_COLUMNS, drained_rows.fleet_rows(
            found.drained, as_text=asked.formatter not in lister.TYPED)

    def _check(self, asked: argparse.Namespace) -> None:
        """Refuse what does not go together."""
        if getattr(asked, 'all_hosts', False):
            for name in ('inventory', 'sysfs', 'libvirt', 'nodedev'):
                if getattr(asked, name) is not None:
                    raise exceptions.UsageError(
                        f'--all-hosts: expected no --{name} beside it')

    def _marks(self, asked: argparse.Namespace, path: pathlib.Path,
               found: Inventory) -> tuple[Mark, ...]:
        """Return the marks that are shown."""
        return drained_file.read(path)

    def _host(self, asked: argparse.Namespace) -> Inventory:
        reading = sources.read(asked)
        if reading is None:
            asked.sysfs = sources.ROOT
            reading = sources.read(asked)
        assert reading is not None
        return reading.found

    def _owners(self, asked: argparse.Namespace, loaded: PciConfiguration,
                found: Inventory) -> tuple[Inventory, bool]:
        """Return the host with owners, and whether they are known.

        A recording may have them already.
        """
        if any(each.owner for each in found.devices):
            return found, True
        if asked.no_owners or not config_files.last(
                loaded.files, 'database', 'connection'):
            return found, False
        host = config_files.last(loaded.files, 'DEFAULT', 'host')
        try:
            return owners.add_owners(
                found if host is None else dataclasses.replace(
                    found, host=host[1].value),
                loaded.files), True
        except exceptions.DiscoveryError as exc:
            self.warn(f'{exc}; who owns the devices is not known')
            return found, False

    def _warn_of_driver(self, loaded: PciConfiguration) -> None:
        """Warn where nova-compute would not look at the marks."""
        found = config_files.last(loaded.files, 'DEFAULT', 'compute_driver')
        package = driver_option.OUR_PACKAGE
        if found is None or found[1].value.rpartition('.')[0] != package:
            name = found[1].value if found else 'not set'
            self.warn(f'compute_driver is {name}: only a nova-compute with '
                       f'a driver of {package} obeys what is drained')

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether anything is drained."""
        return command_verdict.CommandVerdict(
            command=type(self).__name__.lower(), status=self._status,
            answer=command_verdict.CommandAnswer.NOT_ALL_READ
            if self._status else command_verdict.CommandAnswer.DRAINED
            if self._marked or self._elsewhere
            else command_verdict.CommandAnswer.NOTHING_DRAINED,
            text=drained_rows.summary(self._marked)
            if self._elsewhere is None
            else drained_rows.fleet_summary(self._elsewhere),
            warnings=self.warnings)


class Drain(Drained):
    """Take devices of this host out of service.

    No server gets them any more. Who has one keeps it, and nova-compute logs
    when nothing is in use any more. A PF takes its VFs along.

    Exit status: 0 once nothing is handed out, or 2 when nothing was changed.
    """

    def _add_arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_which(parser, 'all devices of this host, and those that come')
        parser.add_argument(
            '--reason', required=True, metavar='TEXT',
            help=f'why, in one line of at most {LONGEST_REASON} characters')

    def _check(self, asked: argparse.Namespace) -> None:
        _check_which(asked)
        if not asked.reason.strip() or len(asked.reason) > LONGEST_REASON or (
                printable(asked.reason) != asked.reason):
            raise exceptions.UsageError(
                '--reason: expected one line of 1 to '
                f'{LONGEST_REASON} characters that can be seen')

    def _marks(self, asked: argparse.Namespace, path: pathlib.Path,
               found: Inventory) -> tuple[Mark, ...]:
        places = {place.address: place
                  for place in device_views.places_of(found.devices)}
        new = [Mark(
            address=address, reason=asked.reason, since=_now(), by=_user(),
            card=draining.card_function(places[address]) if address else None)
            for address in _which(asked, places)]

        def add(old: tuple[Mark, ...]) -> list[Mark]:
            # Only what an operator said of the same device gives way.
            there = draining.marked(old, places.values())
            whole = [mark for mark in old if mark.address is None]
            gone = {mark for each in new
                    for mark in (there.get(each.address, ()) if each.address
                                 else whole)
                    if mark.origin is Origin.OPERATOR}
            return [*(mark for mark in old if mark not in gone), *new]

        drained_file.change(path, add)
        return tuple(new)


class Undrain(Drained):
    """Give devices of this host back to servers.

    nova-compute hands them out from its next claim or periodic update on.
    What is still drained is listed.

    Exit status: 0, or 2 when nothing was changed.
    """

    def _add_arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_which(parser, 'what drain --host has drained; devices that were '
                           'drained by themselves stay so')
        parser.add_argument('--all', action='store_true',
                            help='all that is drained on this host')

    def _check(self, asked: argparse.Namespace) -> None:
        if asked.all and (asked.address or asked.host):
            raise exceptions.UsageError(
                '--all: expected no address and no --host beside it')
        if not asked.all:
            _check_which(asked)

    def _marks(self, asked: argparse.Namespace, path: pathlib.Path,
               found: Inventory) -> tuple[Mark, ...]:
        places = device_views.places_of(found.devices)

        def take(old: Marks) -> Marks:
            if asked.all:
                return draining.undrained(old, old.drained)
            there = draining.marked(old.drained, places)
            gone: set[Mark] = set()
            for address in _parsed(asked):
                own = _marks_of(address, old.drained, there)
                if not own:
                    drain = (draining.drains(old.drained, places).get(address)
                             if address else None)
                    raise exceptions.UsageError(_no_mark(
                        address, drain.reason if drain else None))
                gone.update(own)
            return draining.undrained(old, gone)

        return drained_file.change_all(path, take).drained


def _marks_of(address: str | None, marks: Iterable[Mark],
              there: Mapping[str, list[Mark]]) -> list[Mark]:
    """Return the marks that an address stands for; None for the host.

    Where cards have moved the present address is meant; one of the past only
    where nothing else is drained at it.

    :param there: the marks by where their devices are now
    """
    if address is not None and address in there:
        return there[address]
    return [mark for mark in marks if mark.address == address]


def _no_mark(address: str | None, reason: str | None) -> str:
    if address is None:
        return '--host: the host as a whole is not drained'
    if reason is None:
        return f'{address}: not drained'
    return f'{address}: not drained by itself: {reason}'


def _add_which(parser: argparse.ArgumentParser, whole: str) -> None:
    parser.add_argument('address', nargs='*', metavar='ADDRESS',
                        help='of a device, such as 0000:81:00.0')
    parser.add_argument('--host', action='store_true', help=whole)


def _check_which(asked: argparse.Namespace) -> None:
    """Refuse a command that names nothing, or no address.

    :raises UsageError: which says what was expected
    """
    if bool(asked.address) == asked.host:
        raise exceptions.UsageError(
            'expected the addresses of devices, or --host')
    for _ in _parsed(asked):
        pass


def _parsed(asked: argparse.Namespace) -> Iterator[str | None]:
    """Yield the addresses in one form; None for the host."""
    if asked.host:
        yield None
    for text in asked.address:
        try:
            yield str(PciAddress.parse(text))
        except exceptions.AddressError as exc:
            raise exceptions.UsageError(
                f'{text}: not an address; expected a form such as '
                '0000:81:00.0') from exc


def _which(asked: argparse.Namespace, known: Iterable[str],
           ) -> list[str | None]:
    """Return the addresses, each once; None for the host.

    :raises UsageError: for a device that the host does not have
    """
    there = set(known)
    found = list(dict.fromkeys(_parsed(asked)))
    for address in found:
        if address is not None and address not in there:
            raise exceptions.UsageError(
                f'{address}: this host has no such device; nova-pci devices '
                'lists them')
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds')


def _user(environment: Callable[[str], str | None] = os.environ.get) -> str:
    """Return who asks; the one before sudo, where there was one."""
    return environment('SUDO_USER') or getpass.getuser()
