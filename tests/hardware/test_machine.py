# SPDX-License-Identifier: Apache-2.0
"""The same devices in sysfs, lspci, libvirt, nova-pci and our driver.

These tests need the machine and no cloud.
"""

import json
import subprocess

import pytest

from tests.hardware.test_hot_plug import FLASH
from tests.hardware.test_hot_plug import set_vfs

CONF = '''\
[DEFAULT]
compute_driver = pci_ext.LibvirtDriver
[libvirt]
virt_type = qemu
[pci]
device_spec = {"vendor_id": "8086", "product_id": "10ca"}
'''


@pytest.fixture(scope='module')
def listed(machine):
    """What ``nova-pci devices`` says, from sysfs and from libvirt."""
    return {source: {each['address']: each for each in json.loads(machine.run(
        f'nova-pci devices --{source} --no-owners -f json 2>/dev/null',
        timeout_s=300))['devices']} for source in ('sysfs', 'libvirt')}


@pytest.mark.parametrize('source', ['sysfs', 'libvirt'])
def test_nova_pci_lists_what_the_kernel_has(listed, look, source):
    assert {address: (
        each['ids'], each['numa_node'], each['iommu_group'], each['driver'],
        each['parent'], tuple(each['netdevs']))
            for address, each in listed[source].items()} == {
        address: (
            f'{each.vendor}:{each.product}',
            None if each.numa_node < 0 else each.numa_node,
            int(each.iommu_group), each.driver, each.pf, each.netdevs)
        for address, each in look().functions.items()}


def test_lspci_lists_the_same(listed, machine):
    """A line is ``0000:41:00.0 0200: 8086:10c9 (rev 01)``."""
    lines = [line.split() for line in machine.run(
        'lspci -D -n').splitlines()]
    assert {address: (each['ids'], each['class'][:4])
            for address, each in listed['sysfs'].items()} == {
        line[0]: (line[2], line[1].rstrip(':')) for line in lines}


def test_virtual_functions_are_counted_where_their_card_is(listed):
    """The card behind the switch has none."""
    assert {address: (each['num_vfs'], each['total_vfs'])
            for address, each in listed['sysfs'].items()
            if each['total_vfs']} == {
        '0000:41:00.0': (7, 7), '0000:44:00.0': (0, 7),
        '0000:81:00.0': (7, 7), '0000:82:00.0': (4, 4)}


def test_the_two_sources_do_not_differ(machine):
    """A NIC without a link has no speed, whatever libvirt says of it."""
    done = machine.run('nova-pci devices --sysfs --libvirt --no-owners 2>&1',
                       timeout_s=300)
    assert 'warning' not in done
    assert '38 devices (4 PFs, 18 VFs)' in done


def test_the_switch_is_on_the_path_of_the_card_behind_it(listed):
    assert listed['sysfs']['0000:44:00.0']['pci_path'] == [
        'pci0000:40', '0000:40:01.0', '0000:42:00.0', '0000:43:00.0']


def test_readiness_says_what_the_kernel_has(machine):
    tree = machine.run('nova-pci devices --sysfs --no-owners 2>&1', 300)
    assert ('IOMMU on with 35 groups, interrupts remapped, vfio-pci loaded'
            in tree)


@pytest.fixture
def report(machine, place):
    """Ask one driver for its devices, as often as is wanted."""
    path = place.folder / 'report.conf'
    path.write_text(CONF)
    with subprocess.Popen(
            machine.ssh('--', f'python3 /lab/report.py {path}'),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL) as process:
        assert process.stdout.readline() == 'ready\n'

        def ask():
            process.stdin.write('\n')
            process.stdin.flush()
            return {each['address']: each for each in json.loads(
                process.stdout.readline())}
        yield ask
        process.stdin.close()


def test_one_driver_reports_what_there_is_each_time(report, machine, look):
    """Nova 34's own reports what there was the first time."""
    flash = {f'{FLASH[:-1]}{number}' for number in range(1, 5)}
    try:
        before = report()
        assert before.keys() == look().functions.keys()
        set_vfs(machine, FLASH, 0)
        machine.run('udevadm settle')
        assert before.keys() - report().keys() == flash
    finally:
        machine.run('sh /lab/make-vfs || true')
    assert report() == before


def test_a_vf_has_what_its_card_knows_while_vfio_has_it(report, machine):
    """What only its interface tells is for the tracker to keep."""
    name, slot = 'pci_0000_41_10_4', '0000:41:10.4'
    before = report()[slot]
    machine.run(f'virsh nodedev-detach {name}')
    try:
        away = report()[slot]
    finally:
        machine.run(f'virsh nodedev-reattach {name}; udevadm settle')
    assert report()[slot] == before
    assert before.keys() - away.keys() == {'parent_ifname'}
    assert away['capabilities'] == {
        'sriov': before['capabilities']['sriov']}
