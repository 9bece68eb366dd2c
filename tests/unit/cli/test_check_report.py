# SPDX-License-Identifier: Apache-2.0

"""What a check found, in a few lines."""

from nova_pci_ext import parsing
from nova_pci_ext.cli import check_report
from nova_pci_ext.configuration.checking import CheckReport
from nova_pci_ext.configuration.checking import HostCoverage
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model.inventory import Inventory
from tests import device_scenes as scenes

FAULT = ConfigError('a.conf:1', 'is wrong', 'write another')


def report(*devices, **more):
    """Return a report of an entry that takes all VFs."""
    host = Inventory(host='h', devices=devices)
    specs = parsing.parse_device_specs(parsing.option_values(
        'device_spec', ['{"product_id": "1520"}']), parsing.Faults())
    return CheckReport(**{
        'errors': (), 'warnings': (), 'specs': tuple(specs), 'aliases': {},
        'hosts': (HostCoverage(inventory=host, coverage=coverage.cover(
            specs, host)),), **more})


def test_the_answer_comes_first_and_equal_devices_are_one_line():
    vfs = [scenes.vf(f'0000:0a:10.{index}', vf_index=index)
           for index in range(4)]
    assert list(check_report.text(report(
        scenes.pf(), *vfs, errors=(FAULT,)))) == [
        '1 error, 0 warnings; 1 device_spec entry, 0 aliases', '',
        'error: a.conf:1: is wrong; write another', '',
        'h: 5 devices (1 PF, 4 VFs)',
        '  [pci] device_spec[0] takes 4 devices',
        '    0000:0a:10.0 to 0000:0a:10.3, 4 devices (VF 0-3), type-VF '
        '8086:1520, driver igbvf',
        '  no entry takes 1 device',
        '    0000:0a:00.0, type-PF 8086:1521, driver igb']


def test_what_is_drained_or_not_healthy_has_its_own_line():
    lines = list(check_report.text(report(
        scenes.pf(unhealthy='a fatal error'),
        scenes.vf('0000:0a:10.0', vf_index=0),
        scenes.vf('0000:0a:10.1', vf_index=1, drained='bad queue'))))
    assert lines[-5:] == [
        '  [pci] device_spec[0] takes 2 devices',
        '    0000:0a:10.0, type-VF 8086:1520, driver igbvf',
        '    0000:0a:10.1, type-VF 8086:1520, driver igbvf, drained: bad '
        'queue',
        '  no entry takes 1 device',
        '    0000:0a:00.0, type-PF 8086:1521, driver igb, not healthy: a '
        'fatal error']


def test_programs_get_all_of_it():
    found = check_report.data(report(scenes.pf(), scenes.vf()))
    assert found['verdict']['answer'] == 'ok'
    (host,) = found['hosts']
    assert host['entries'] == [{
        'entry': '[pci] device_spec[0]', 'drivers': {'igbvf': 1},
        'addresses': ['0000:0a:10.0']}]
    assert [each['entry'] for each in host['devices']] == [
        None, '[pci] device_spec[0]']
