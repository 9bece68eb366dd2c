# SPDX-License-Identifier: Apache-2.0

"""``nova-pci fleet``: what all hosts of a cloud have, and what of it is free.

``nova-pci devices --all-hosts`` and ``--host NAME`` are the same.
"""

import argparse
import contextlib
import dataclasses
import datetime
import pathlib
import re
import socket
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import files
from nova_pci_ext.cli import fleet_rows
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import progress
from nova_pci_ext.cli import quiet
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.discovery import pci_ids
from nova_pci_ext.drawing import fleet_page
from nova_pci_ext.drawing import heat_map
from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import HostCounts
from nova_pci_ext.quickstart import threads

if TYPE_CHECKING:
    from nova_pci_ext.bookkeeping import fleet_book

FOUND, NOT_FOUND, UNREAD = range(3)
_ANSWERS = (command_verdict.CommandAnswer.READ,
            command_verdict.CommandAnswer.NOT_FOUND,
            command_verdict.CommandAnswer.NOT_ALL_READ)
#: Kinds of hosts that people are shown unless they ask for more.
SHOWN = 40
# What nova-pci devices does with a host that can be read, and not counted.
_LOCAL = ('inventory', 'sysfs', 'libvirt', 'nodedev', 'record', 'plot',
          'anonymize', 'suggest_groups', 'no_owners', 'long')
# Beside these alone this machine would be shown under another host's name.
_OF_OWNERS = frozenset({'no_owners', 'long'})
_IDS = re.compile('([0-9a-f]{4})(?::([0-9a-f]{4}))?')
_Draw = Callable[[Sequence[EqualHosts], heat_map.Names, str], str]
_PICTURES: Mapping[str, _Draw] = {'.svg': heat_map.draw,
                                  '.html': fleet_page.draw}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose hosts and devices of a cloud."""
    group = parser.add_argument_group(
        'hosts of the cloud', "from Nova's databases, which the "
        'configuration of a controller names')
    group.add_argument(
        '--product', type=_ids, metavar='VENDOR[:PRODUCT]',
        help='only devices with these ids, such as 10de or 10de:20b0')
    group.add_argument(
        '--free', type=_number, metavar='NUMBER',
        help='only hosts that get new servers and have so many free devices '
             'of a class')
    group.add_argument(
        '--limit', type=_number, metavar='NUMBER',
        help='list so many kinds of hosts at most, 0 for all (default: '
             f'{SHOWN} for people, all in the other formats)')
    group.add_argument(
        '--books', type=files.to_read, metavar='FILE',
        help='recorded books, as nova-pci audit --record writes them, in the '
             'place of a cloud')


def is_asked(asked: argparse.Namespace) -> bool:
    """Whether nova-pci devices is to show hosts of a cloud.

    It is for --all-hosts, and for the name of another host where there is a
    configuration that names the databases.

    :raises UsageError: for options that mean one host that can be read
    """
    local = [name for name in _LOCAL
             if getattr(asked, name) not in (None, False)]
    if asked.all_hosts:
        if local:
            raise exceptions.UsageError(
                f'--all-hosts: expected no {_option(local[0])} beside it'
                + ('; nova-pci fleet --plot draws all hosts'
                   if local == ['plot'] else ''))
        return True
    if asked.host and not local and (
            asked.books or _is_elsewhere(asked)):
        return True
    if asked.host and local and set(local) <= _OF_OWNERS and (
            _is_elsewhere(asked)):
        raise exceptions.UsageError(
            f'{_option(local[0])}: --host names another host than this '
            "machine, which is counted by what Nova's databases have; "
            f'expected --host without {_option(local[0])}, or a source such '
            'as --sysfs beside it')
    given = [name for name in ('product', 'free', 'limit', 'books')
             if getattr(asked, name) is not None]
    if given:
        raise exceptions.UsageError(
            f'{_option(given[0])}: expected --all-hosts beside it, or --host '
            'with a host that the databases of the configuration have')
    return False


def _is_elsewhere(asked: argparse.Namespace) -> bool:
    """Whether a host is another one, and a configuration can find it."""
    if asked.host == socket.gethostname() or (
            configuration.unreadable(asked.sources)):
        return False
    files = loader.load_files(asked.sources).files
    own = config_files.last(files, 'DEFAULT', 'host')
    return (config_files.last(files, 'api_database', 'connection') is not None
            and not (own and own[1].value == asked.host))


def _option(name: str) -> str:
    return f'--{name.replace("_", "-")}'


def read(asked: argparse.Namespace, shown: progress.Progress,
         ) -> 'fleet_book.FleetBook':
    """Read the databases, or recorded books.

    :raises DiscoveryError: if they cannot be read, or do not have the host
    """
    if asked.books is not None:
        with quiet.quiet():
            from nova_pci_ext.bookkeeping import fleet_book
            from nova_pci_ext.bookkeeping import recording
        return _of_host(fleet_book.count(recording.read(asked.books)), asked)
    return read_cloud(asked.sources, asked.host, shown)


def read_cloud(sources: Sequence[tuple[SourceKind, pathlib.Path]],
               host: str | None, shown: progress.Progress,
               ) -> 'fleet_book.FleetBook':
    """Read the databases that a configuration names.

    :param sources: of the configuration, as on the command line
    :param host: one host, None for all
    :raises DiscoveryError: if they cannot be read, or do not have the host
    """
    loaded = loader.load_files(sources)
    loaded.require()
    if not loaded.files:
        raise exceptions.UsageError(
            'no configuration file was found; name that of a controller with '
            '--config-file')
    with quiet.quiet():
        if 'nova' not in sys.modules:
            threads.use_threads()
        from nova_pci_ext.bookkeeping import fleet_book
        from nova_pci_ext.bookkeeping import reading
        reading.configure(loaded)
        return fleet_book.read(host, lambda number: shown.asked(
            number, 'devices read'))


class Counting(lister.Lister):
    """A command that can show what all hosts of a cloud have."""

    rows_name = 'classes'

    _status = FOUND
    _counted: tuple[EqualHosts, ...] = ()

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether all could be read."""
        super().run(parsed_args)
        return self._status

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether all could be read, and how many hosts there are."""
        return command_verdict.CommandVerdict(
            command=type(self).__name__.lower(), status=self._status,
            answer=_ANSWERS[self._status], warnings=self.warnings,
            text=fleet_rows.summary(self._counted))

    def _count(self, asked: argparse.Namespace,
               plot: pathlib.Path | None = None,
               ) -> tuple[Sequence[str], Iterable[object]]:
        """Read the cloud, draw it, and return columns and rows."""
        draw = _draw_of(plot)
        with contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            book = read(asked, shown)
        every = host_counts.fold(_chosen(book.hosts, asked),
                                 keep_apart=asked.unfolded)
        names = _names(every)
        self.rows_name, self._counted = Counting.rows_name, tuple(every)
        if plot is not None:
            files.write(plot, draw(every, names, _now()), self.app.stdout)
        for text in book.unread:
            self.warn(f'not read: {text}')
        if asked.free and not every:
            lines.show(
                f'no host that gets new servers has {asked.free} free devices '
                'of a class that was asked for', self.app.stderr)
        self._status = (UNREAD if book.unread else
                        NOT_FOUND if asked.free and not every else FOUND)
        for_people = asked.formatter in (lister.TREE, 'table')
        folded = self._limited(asked, every, for_people=for_people)
        if asked.formatter == lister.TREE:
            # Of all hosts nova-pci drained --all-hosts lists them.
            return ('line',), [(line,) for line in fleet_rows.lines(
                folded, every, names, with_drained=bool(asked.host))]
        if for_people:
            columns, rows = fleet_rows.table(folded)
            if set(asked.columns) <= set(columns):
                return columns, rows
        return fleet_rows.ALL, fleet_rows.full_rows(
            folded, names, as_text=asked.formatter not in lister.TYPED)

    def _limited(self, asked: argparse.Namespace,
                 every: Sequence[EqualHosts], *,
                 for_people: bool) -> Sequence[EqualHosts]:
        most = asked.limit
        if most is None:
            most = SHOWN if for_people else 0
        rest = every[most:] if most else ()
        if rest:
            hosts = sum(len(equal.hosts) for equal in rest)
            lines.show(
                f'not listed: {len(rest):,} more kinds of hosts, {hosts:,} '
                'hosts; --limit 0 lists all', self.app.stderr)
        return every[:most] if most else every


class Fleet(Counting):
    """Show what all hosts of a cloud have, and what of it is free.

    Hosts with the same numbers are one row. Nothing is asked of the hosts
    themselves: nova-compute keeps Nova's database up to date.

    Exit status: 0, 1 if no host has as many free devices as --free asks for,
    or 2 when not all that was asked for could be read.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        configuration.add_arguments(parser)
        add_arguments(parser)
        parser.add_argument(
            '--host', metavar='NAME',
            help='one host, as Nova calls it (default: all)')
        parser.add_argument(
            '--unfolded', action='store_true',
            help='each host by itself, even equal ones')
        parser.add_argument(
            '--plot', type=pathlib.Path, metavar='FILE',
            help='draw hosts and classes to an .svg or .html file; - for SVG '
                 'on the standard output, with nothing else there')
        return parser

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], Iterable[object]]:
        """Read, write the file, and return the rows."""
        return self._count(parsed_args, parsed_args.plot)


def _draw_of(plot: pathlib.Path | None) -> _Draw:
    """Return what draws a file of this name.

    :raises UsageError: if nothing does
    """
    suffix = ('.svg' if plot is None or files.is_stream(plot)
              else plot.suffix.lower())
    if suffix not in _PICTURES:
        raise exceptions.UsageError(
            f'--plot {plot}: cannot draw {suffix or "a file without a suffix"}'
            '; expected a name that ends in .svg or .html')
    return _PICTURES[suffix]


def _of_host(found: 'fleet_book.FleetBook', asked: argparse.Namespace,
             ) -> 'fleet_book.FleetBook':
    if asked.host is None:
        return found
    hosts = tuple(each for each in found.hosts
                  if each.host.partition(' ')[0] == asked.host)
    if not hosts:
        raise exceptions.DiscoveryError(
            str(asked.books), f'the books have no compute node on '
            f'{asked.host}')
    return dataclasses.replace(found, hosts=hosts)


def _chosen(hosts: Iterable[HostCounts], asked: argparse.Namespace,
            ) -> list[HostCounts]:
    """Return the hosts that are asked for, with those classes only.

    A host without any is left out, unless nothing was asked for.
    """
    if asked.product is None and not asked.free:
        return list(hosts)
    found = []
    for host in hosts:
        if asked.free and host.disabled:
            continue
        classes = tuple(
            (kind, counts) for kind, counts in host.classes
            if _is_asked(kind, asked.product)
            and counts.free >= (asked.free or 0))
        if classes:
            found.append(dataclasses.replace(host, classes=classes))
    return found


def _is_asked(kind: DeviceClass,
              product: tuple[str, str | None] | None) -> bool:
    if product is None:
        return True
    vendor, number = product
    return kind.vendor_id == vendor and number in (None, kind.product_id)


def _names(every: Iterable[EqualHosts]) -> dict[DeviceClass, str]:
    """Return the names of products that this machine knows."""
    classes = {kind for equal in every for kind, _ in equal.classes}
    wanted: dict[str, set[str]] = {}
    for kind in classes:
        wanted.setdefault(kind.vendor_id, set()).add(kind.product_id)
    found = pci_ids.find_names(wanted)
    return {kind: found[kind.vendor_id, kind.product_id] for kind in classes
            if (kind.vendor_id, kind.product_id) in found}


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%d %H:%M UTC')


def _ids(text: str) -> tuple[str, str | None]:
    found = _IDS.fullmatch(text.lower())
    if found is None:
        raise argparse.ArgumentTypeError(
            f'expected ids such as 10de or 10de:20b0, got {text!r}')
    vendor, product = found.groups()
    return vendor, product


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise argparse.ArgumentTypeError(
            f'expected a number, at most 999999, got {text!r}')
    return int(text)
