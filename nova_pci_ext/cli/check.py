# SPDX-License-Identifier: Apache-2.0

"""``nova-pci check``: judge a configuration before a service does."""

import argparse
import collections
import json
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from cliff import command

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import drained_marks
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import sources
from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.checking import CheckReport
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import unhealthy
from nova_pci_ext.drawing import labels
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor

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
        parser.add_argument(
            '--extra-spec', action='append', default=[], metavar='KEY=VALUE',
            help='another extra spec of a flavor, such as '
                 'resources:CUSTOM_GPU=1; may be repeated')
        parser.add_argument(
            '--neutron-config', action='extend', nargs='+', default=[],
            type=pathlib.Path, metavar='FILE',
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
        inventory = _host(parsed_args, loaded, beside)
        extra_specs = [_split(text) for text in parsed_args.extra_spec]
        report = checking.check(
            loaded, inventory=inventory,
            neutron=parsed_args.neutron_config,
            flavors=[*parsed_args.flavor, *(
                value for key, value in extra_specs
                if key == flavor.ALIAS_KEY)],
            extra_specs=extra_specs,
            beside=beside.errors, noted=beside.warnings)
        shown = (_text(report, inventory) if parsed_args.format == 'text'
                 else json.dumps(_plain(report), indent=2).split('\n'))
        for line in shown:
            lines.show(line, self.app.stdout)
        return report.status


def _split(text: str) -> tuple[str, str]:
    key, _, value = text.partition('=')
    return key.strip(), value.strip()


def _host(asked: argparse.Namespace, loaded: PciConfiguration,
          faults: Faults) -> Inventory | None:
    try:
        reading = sources.read(asked)
    except exceptions.DiscoveryError as exc:
        faults.refuse(exc.source, exc.message)
        return None
    if reading is None:
        return None
    for difference in reading.differences:
        faults.note('host', f'sysfs and libvirt differ: {difference}',
                    None, exceptions.Fault.NOT_READY)
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


def _text(report: CheckReport, inventory: Inventory | None,
          ) -> Iterator[str]:
    for fault in report.errors:
        yield f'error: {fault}'
    for fault in report.warnings:
        yield f'warning: {fault}'
    if report.coverage is not None and inventory is not None:
        if report.errors or report.warnings:
            yield ''
        yield f'{inventory.host}: {readiness.summary(inventory)}'
        yield from _coverage_text(report.coverage)
    if report.errors or report.warnings or report.coverage is not None:
        yield ''
    for matter in report.matters:
        yield f'look at {matter}'
    if report.matters:
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
               f'{_count(len(covered.taken(index)), "device")}'
               + _held(covered.taken(index)))
    yield ''
    yield 'address       type      ids        driver      entry'
    for address, device in covered.devices.items():
        taker = covered.taken_by[address]
        entry = _UNUSED if taker is None else str(covered.specs[taker].source)
        if device.drained is not None:
            entry = f'{entry}, drained: {device.drained}'
        troubles = labels.unhealthy(device, is_handed_out=taker is not None)
        if troubles:
            entry = f'{entry}, {troubles}'
        yield (f'{address!s:12}  {device.dev_type.value:8}  '
               f'{device.vendor_id}:{device.product_id}  '
               f'{device.driver or _UNUSED:10}  {entry}')


def _held(devices: Iterable[Device]) -> str:
    """Say which drivers hold devices now."""
    drivers = collections.Counter(device.driver or 'no driver'
                                  for device in devices)
    held = ', '.join(f'{count} with {driver}'
                     for driver, count in sorted(drivers.items()))
    return f': {held}' if held else ''


def _plain(report: CheckReport) -> dict[str, object]:
    """Render a report as JSON has it."""
    found: dict[str, Any] = {
        'status': report.status,
        'errors': [_plain_fault(fault) for fault in report.errors],
        'warnings': [_plain_fault(fault) for fault in report.warnings],
        'look_at': [str(matter) for matter in report.matters]}
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
        found['drained'] = {str(address): device.drained
                            for address, device in covered.devices.items()
                            if device.drained is not None}
        found['unhealthy'] = {str(address): device.unhealthy
                              for address, device in covered.devices.items()
                              if device.unhealthy is not None}
        found['drivers'] = {str(device.address): device.driver
                            for device in covered.handed_out()}
    return found


def _plain_fault(fault: exceptions.ConfigError) -> dict[str, str | None]:
    return {'path': fault.path, 'message': fault.message,
            'expected': fault.hint, 'class': fault.fault.value}
