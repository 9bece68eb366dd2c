#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""``nova-pci check``: judge a configuration before a service does."""

import argparse
import json
import pathlib
import socket
from collections.abc import Iterator
from typing import Any

from cliff import command

from nova_pci_ext import checking
from nova_pci_ext import config_files
from nova_pci_ext import exceptions
from nova_pci_ext.checking import CheckReport
from nova_pci_ext.cli import configuration
from nova_pci_ext.discovery import inventory
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.matching.coverage import Coverage
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.parsing import Faults

_UNUSED = '-'


class Check(command.Command):
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
        host = parser.add_mutually_exclusive_group()
        host.add_argument(
            '--inventory', type=pathlib.Path, metavar='FILE',
            help='a recorded host to check the entries against')
        host.add_argument(
            '--sysfs', type=pathlib.Path, metavar='ROOT', nargs='?',
            const=pathlib.Path('/'),
            help='check the entries against this host, or against the one '
                 'whose sys and proc are below ROOT')
        parser.add_argument(
            '-f', '--format', choices=('text', 'json'), default='text',
            help='for people (default) or for machines')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        faults = Faults()
        files = [config_files.read(path, faults) for path in
                 config_files.find_files(parsed_args.sources)]
        faults.strict = checking.is_strict(files)
        if not files:
            faults.refuse('nova.conf', 'no configuration file was found',
                          'name one with --config-file')
        report = checking.check(files, faults, flavors=parsed_args.flavor,
                                inventory=_host(parsed_args, faults))
        lines = (_text(report) if parsed_args.format == 'text'
                 else [json.dumps(_plain(report), indent=2)])
        for line in lines:
            print(line, file=self.app.stdout)
        return report.status


def _host(asked: argparse.Namespace, faults: Faults) -> Inventory | None:
    try:
        if asked.inventory is not None:
            return inventory.read_inventory(asked.inventory)
        if asked.sysfs is not None:
            return sysfs.read_host(socket.gethostname(), asked.sysfs)
    except exceptions.DiscoveryError as exc:
        faults.refuse(exc.source, exc.message)
    return None


def _text(report: CheckReport) -> Iterator[str]:
    for fault in report.errors:
        yield f'error: {fault}'
    for fault in report.warnings:
        yield f'warning: {fault}'
    if report.coverage is not None:
        if report.errors or report.warnings:
            yield ''
        yield from _coverage_text(report.coverage)
    if report.errors or report.warnings or report.coverage is not None:
        yield ''
    yield (f'{_count(len(report.specs), "device_spec entry")}, '
           f'{_count(len(report.aliases), "alias")}: '
           f'{_count(len(report.errors), "error")}, '
           f'{_count(len(report.warnings), "warning")}')


def _count(number: int, word: str) -> str:
    if number == 1:
        return f'1 {word}'
    plural = {'device_spec entry': 'device_spec entries',
              'alias': 'aliases'}.get(word, f'{word}s')
    return f'{number} {plural}'


def _coverage_text(covered: Coverage) -> Iterator[str]:
    for index, spec in enumerate(covered.specs):
        yield (f'{spec.source} takes '
               f'{_count(len(covered.taken(index)), "device")}')
    yield ''
    yield 'address       type      ids        entry'
    for address, device in covered.devices.items():
        taker = covered.taken_by[address]
        entry = _UNUSED if taker is None else str(covered.specs[taker].source)
        yield (f'{address!s:12}  {device.dev_type.value:8}  '
               f'{device.vendor_id}:{device.product_id}  {entry}')


def _plain(report: CheckReport) -> dict[str, Any]:
    """Render a report as JSON has it."""
    found: dict[str, Any] = {
        'status': report.status,
        'errors': [_plain_fault(fault) for fault in report.errors],
        'warnings': [_plain_fault(fault) for fault in report.warnings]}
    covered = report.coverage
    if covered is not None:
        found['entries'] = [
            {'entry': str(spec.source),
             'devices': [str(device.address)
                         for device in covered.taken(index)]}
            for index, spec in enumerate(covered.specs)]
        found['devices'] = {
            str(address): None if taker is None
            else str(covered.specs[taker].source)
            for address, taker in covered.taken_by.items()}
    return found


def _plain_fault(fault: exceptions.ConfigError) -> dict[str, str | None]:
    return {'path': fault.path, 'message': fault.message,
            'expected': fault.hint, 'class': fault.fault.value}
