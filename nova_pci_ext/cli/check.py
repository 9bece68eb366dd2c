# SPDX-License-Identifier: Apache-2.0

"""``nova-pci check``: judge a configuration before a service does."""

import argparse
import json
from typing import TextIO

from nova_pci_ext import exceptions
from nova_pci_ext.cli import check_report
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import drained_marks
from nova_pci_ext.cli import files
from nova_pci_ext.cli import sources
from nova_pci_ext.cli import terminal
from nova_pci_ext.cli import worded
from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import unhealthy
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor


class Check(worded.Command):
    """Check the PCI options of a configuration, and all faults at once.

    Exit status: 0 when all is well, 1 for warnings, 2 for errors.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        configuration.add_arguments(parser)
        parser.add_argument(
            '--flavor', action='append', default=[], metavar='ALIASES',
            help='a value of pci_passthrough:alias to check too, such as '
                 'a1:2,a2:1; may be repeated')
        parser.add_argument(
            '--extra-spec', action='append', default=[], metavar='KEY=VALUE',
            help='another extra spec of a flavor, such as '
                 'resources:CUSTOM_GPU=1; may be repeated')
        parser.add_argument(
            '--neutron-config', action='extend', nargs='+', default=[],
            type=files.to_read, metavar='FILE',
            help="files of Neutron's server and SR-IOV agent, such as "
                 'ml2_conf.ini and sriov_agent.ini, to compare with')
        sources.add_arguments(parser)
        parser.add_argument(
            '-f', '--format', choices=('text', 'json'), default='text',
            help='for people (default) or for machines')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        loaded = loader.load_files(parsed_args.sources)
        beside = Faults()
        if not loaded.files and not loaded.errors:
            beside.refuse('nova.conf', 'no configuration file was found',
                          'name one with --config-file')
        hosts = _hosts(parsed_args, loaded, beside)
        extra_specs = [_split(text) for text in parsed_args.extra_spec]
        flavors = [*parsed_args.flavor, *(
            value for key, value in extra_specs if key == flavor.ALIAS_KEY)]
        report = checking.check_hosts(lambda host: checking.check(
            loaded, inventory=host, neutron=parsed_args.neutron_config,
            flavors=flavors, extra_specs=extra_specs,
            beside=beside.errors, noted=beside.warnings), hosts)
        if parsed_args.format == 'json':
            print(json.dumps(check_report.data(report), indent=2),
                  file=self.app.stdout)
            return report.status
        for line in check_report.text(report):
            for part in terminal.wrap(printable(line), self.app.stdout):
                print(_painted(part, self.app.stdout), file=self.app.stdout)
        return report.status


def _split(text: str) -> tuple[str, str]:
    key, _, value = text.partition('=')
    return key.strip(), value.strip()


def _hosts(asked: argparse.Namespace, loaded: PciConfiguration,
           faults: Faults) -> list[Inventory]:
    try:
        readings = sources.read_all(asked)
    except exceptions.DiscoveryError as exc:
        faults.refuse(exc.source, exc.message)
        return []
    for reading in readings:
        for difference in reading.differences:
            faults.note('host', f'sysfs and libvirt differ: {difference}',
                        None, exceptions.Fault.NOT_READY)
    return [_marked(asked, reading, loaded, faults)
            for reading in readings]


def _marked(asked: argparse.Namespace, reading: sources.Reading,
            loaded: PciConfiguration, faults: Faults) -> Inventory:
    if reading.recorded:
        return reading.found
    found = reading.found
    if asked.sysfs is not None:
        found = unhealthy.add(found, asked.sysfs)
    try:
        return drained_marks.add(found, loaded.files)
    except exceptions.DiscoveryError as exc:
        faults.refuse(exc.source, exc.message)
        return found


def _painted(line: str, stream: TextIO) -> str:
    for level, colour in (('error: ', terminal.Colour.BAD),
                          ('warning: ', terminal.Colour.DOUBT)):
        if line.startswith(level):
            return terminal.paint(level, colour, stream) + line[len(level):]
    return line
