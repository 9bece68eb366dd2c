# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci check`` found, as lines for people and as JSON."""

import collections
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.configuration.checking import CheckReport
from nova_pci_ext.configuration.checking import HostCoverage
from nova_pci_ext.drawing import labels
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.device import Device

_ANSWERS = (command_verdict.CommandAnswer.OK,
            command_verdict.CommandAnswer.WARNINGS,
            command_verdict.CommandAnswer.ERRORS)
_PLURALS = {'device_spec entry': 'device_spec entries', 'alias': 'aliases'}


def summary(report: CheckReport) -> str:
    """Say in one line how the configuration is."""
    return (f'{_count(len(report.errors), "error")}, '
            f'{_count(len(report.warnings), "warning")}; '
            f'{_count(len(report.specs), "device_spec entry")}, '
            f'{_count(len(report.aliases), "alias")}')


def text(report: CheckReport) -> Iterator[str]:
    """Yield what a person reads, the answer first."""
    yield summary(report)
    if report.errors or report.warnings:
        yield ''
    for fault in report.errors:
        yield f'error: {fault}'
    for fault in report.warnings:
        yield f'warning: {fault}'
    for host in report.hosts:
        yield ''
        yield readiness.headline(host.inventory)
        yield from _coverage(host)
    if report.matters:
        yield ''
    for matter in report.matters:
        yield f'look at {matter}'


def _coverage(host: HostCoverage) -> Iterator[str]:
    """Yield each entry with what it takes; devices that are alike together."""
    covered = host.coverage
    for index, spec in enumerate(covered.specs):
        taken = covered.taken(index)
        yield f'  {spec.source} takes {_count(len(taken), "device")}'
        yield from _alike(taken, is_taken=True)
    left = [device for address, device in covered.devices.items()
            if covered.taken_by[address] is None]
    if left:
        yield f'  no entry takes {_count(len(left), "device")}'
        yield from _alike(left, is_taken=False)


def _unhealthy(device: Device, is_taken: bool) -> str:
    return labels.unhealthy(device, is_handed_out=is_taken)


def _alike(devices: Iterable[Device], *, is_taken: bool) -> Iterator[str]:
    rows: dict[object, list[Device]] = {}
    for device in devices:
        rows.setdefault((
            device.dev_type, labels.ids(device), device.parent,
            device.driver, device.drained, _unhealthy(device, is_taken)),
            []).append(device)
    for row in rows.values():
        first = row[0]
        parts = [labels.span(row), f'{first.dev_type} {labels.ids(first)}',
                 f'driver {first.driver}' if first.driver else 'no driver',
                 first.drained and f'drained: {first.drained}',
                 _unhealthy(first, is_taken)]
        yield '    ' + ', '.join(part for part in parts if part)


def data(report: CheckReport) -> dict[str, object]:
    """Return what JSON has."""
    verdict = command_verdict.CommandVerdict(
        command='check', status=report.status,
        answer=_ANSWERS[report.status], text=summary(report))
    return {
        'verdict': verdict.data(),
        'errors': [_fault(fault) for fault in report.errors],
        'warnings': [_fault(fault) for fault in report.warnings],
        'look_at': [str(matter) for matter in report.matters],
        'hosts': [_host(host) for host in report.hosts]}


def _host(host: HostCoverage) -> dict[str, object]:
    covered = host.coverage
    return {
        'host': host.inventory.host,
        'text': readiness.summary(host.inventory),
        'entries': [{
            'entry': str(spec.source),
            'drivers': dict(collections.Counter(
                device.driver or '' for device in covered.taken(index))),
            'addresses': [str(device.address)
                          for device in covered.taken(index)]}
            for index, spec in enumerate(covered.specs)],
        'devices': [{
            'address': str(device.address), 'type': device.dev_type.value,
            'ids': labels.ids(device), 'driver': device.driver,
            'drained': device.drained, 'unhealthy': device.unhealthy,
            'entry': None if taker is None
            else str(covered.specs[taker].source)}
            for device, taker in zip(
                covered.devices.values(), covered.taken_by.values(),
                strict=True)]}


def _fault(fault: exceptions.ConfigError) -> dict[str, str | None]:
    return {'path': fault.path, 'message': fault.message,
            'expected': fault.hint, 'class': fault.fault.value}


def _count(number: int, word: str) -> str:
    if number == 1:
        return f'1 {word}'
    return f'{number} {_PLURALS.get(word, f"{word}s")}'
