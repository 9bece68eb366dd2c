# SPDX-License-Identifier: Apache-2.0

"""``nova-pci quickstart``: a real Nova on this machine, in a minute."""

import argparse
import importlib.util
import pathlib
import sys
from collections.abc import Iterable
from collections.abc import Sequence

import nova_pci_ext
from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.cli import files
from nova_pci_ext.cli import sources
from nova_pci_ext.cli import worded
from nova_pci_ext.model import inventory
from nova_pci_ext.model import spec
from nova_pci_ext.quickstart import configuration
from nova_pci_ext.quickstart import guarded
from nova_pci_ext.quickstart import plan
from nova_pci_ext.quickstart import threads

SHARE = pathlib.PurePath('etc', 'nova_pci_ext', 'quickstart')
HOSTS = ('gpu-host.json', 'igb-host.json', 'plain-host.json')
DEVICES = 2
# Beside what every service of Nova needs.
_NEEDED = ('placement', 'fixtures', 'oslotest', 'wsgi_intercept')


class Quickstart(worded.Command):
    """Run an embedded Nova: boot servers with PCI devices, and show it.

    Nova's API, scheduler, conductor and computes, and Placement, are the
    real ones; Nova's test fixtures stand in for Neutron and Glance. Nothing
    is written outside of a temporary folder, no privilege is needed, and
    no device of this machine is touched.

    Exit status: 0 if all that was shown is as it should be, 1 if not, 2 for
    a fault in the configuration or in a recorded host. An interrupt ends it
    at any moment, with 130.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--nova-conf', type=files.to_read, metavar='FILE',
            help='configuration to run on, instead of the one that ships '
                 'with the quickstart')
        sources.add_inventories(
            parser, 'recorded hosts to run, one compute each')
        parser.add_argument(
            '--alias', metavar='NAME:COUNT',
            help='pci_passthrough:alias of the flavor; two devices of the '
                 'first alias of the configuration if not given')
        parser.add_argument(
            '--physnet', metavar='NAME',
            help='physical network of the direct port; the first one of '
                 'the configuration if not given')
        parser.add_argument(
            '--keep', action='store_true',
            help='afterwards serve the API on 127.0.0.1 until interrupted')
        parser.add_argument(
            '-f', '--format', choices=('table', 'json'), default='table',
            help='form of the result on standard output')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Check the input, then run the story on it."""
        if 'nova' not in sys.modules:
            # Nova's own code checks a part of the configuration.
            threads.use_threads()
        wanted = _read_input(parsed_args)
        missing = _missing()
        if missing is not None:
            raise exceptions.UsageError(
                f'the quickstart needs {missing}, which no service of Nova '
                "does: pip install 'nova-pci-ext[quickstart]'")

        def work(folder: pathlib.Path) -> int:
            from nova_pci_ext.quickstart import run
            return run.run_quickstart(
                wanted, folder, keep=parsed_args.keep,
                as_json=parsed_args.format == 'json')

        return guarded.run(work)


def _missing() -> str | None:
    """Name a package that only the quickstart needs and that is not there.

    Nothing is imported: Nova takes seconds, and is for the child alone.
    """
    for name in _NEEDED:
        try:
            if importlib.util.find_spec(name) is None:
                return name
        except ValueError:
            return name
    return None


def _read_input(arguments: argparse.Namespace) -> plan.Plan:
    """Read all files; nothing is started from what has a fault.

    :raises PciExtError: with what is wrong
    """
    nova_conf = arguments.nova_conf or _share() / 'nova.conf'
    hosts = _read_hosts(arguments.inventory)
    found = configuration.read_configuration(nova_conf, hosts)
    alias = _choose_alias(nova_conf, found.aliases, arguments.alias)
    physnets = found.physnets
    if arguments.physnet and arguments.physnet not in physnets:
        raise exceptions.ConfigError(
            f'--physnet {arguments.physnet}',
            f'no device_spec entry of {nova_conf} has this '
            f'physical_network')
    return plan.Plan(
        nova_conf=nova_conf, hosts=hosts,
        alias=alias.name, count=alias.count, physnets=physnets,
        physnet=arguments.physnet or next(iter(physnets), None))


def _choose_alias(nova_conf: pathlib.Path, names: Sequence[str],
                  asked: str | None) -> spec.AliasCount:
    """Return the alias of the flavor, and how many of it."""
    if not names:
        raise exceptions.ConfigError(
            f'{nova_conf}: [pci] alias', 'no alias, so nothing can be asked')
    if asked is None:
        return spec.AliasCount(name=names[0], count=DEVICES)
    counts = parsing.parse_flavor_alias(asked)
    if len(counts) != 1 or counts[0].name not in names:
        raise exceptions.ConfigError(
            f'--alias {asked}',
            f'expected one of {", ".join(names)} with a count')
    return counts[0]


def _read_hosts(paths: Iterable[pathlib.Path] | None,
                ) -> tuple[inventory.Inventory, ...]:
    """Read the recorded hosts, in the order of their names."""
    share = _share()
    named = list(paths or (share / name for name in HOSTS))
    return tuple(sorted(sources.read_inventories(named),
                        key=lambda each: each.host))


def _share() -> pathlib.Path:
    """Return the folder of the files that ship with the quickstart.

    A wheel puts them below the prefix, a checkout has them at its top.
    """
    top = pathlib.Path(nova_pci_ext.__file__).resolve().parents[1]
    for folder in (top, pathlib.Path(sys.prefix)):
        if (folder / SHARE / 'nova.conf').is_file():
            return folder / SHARE
    raise exceptions.DiscoveryError(
        str(SHARE), f'neither below {top} nor below {sys.prefix}')
