# SPDX-License-Identifier: Apache-2.0

"""A compute with our LibvirtDriver on a real libvirtd, in the whole cloud.

The libvirtd takes the recorded igb host for its machine: 33 PCI devices, of
which nova.conf names the two igb cards, their VFs and those of the NVMe disk.
Guests are real QEMUs. A recording has no device that QEMU could open, so a
guest with one does not start, and has to leave nothing behind.
"""

import collections
import re

import pytest

from tests.cloud import libvirt_host
from tests.cloud.scene import HOST

QUICK = ('tracker',)


@pytest.fixture(scope='module')
def host(place, calls, choice):
    """One more compute, while this module runs."""
    with libvirt_host.running(place, calls, choice) as replayed:
        yield replayed


@pytest.fixture
def log(place, host):
    """Return what the compute has logged during the test."""
    path = place.logs / f'{libvirt_host.NAME}.log'
    begin = path.stat().st_size

    def read():
        with path.open('rb') as log:
            log.seek(begin)
            return log.read().decode()
    return read


def devices(records):
    return [each for each in records.devices()
            if each.host == libvirt_host.HOST]


@pytest.mark.usefixtures('scene', 'host')
def test_the_hook_is_in_place_and_the_devices_are_in_the_cloud(
        records, place):
    assert ('nova_pci_ext.compute.tracker.PciDevTracker into Nova'
            in (place.logs / f'{libvirt_host.NAME}.log').read_text())
    assert collections.Counter(
        each.kind for each in devices(records)) == {
            ('8086', '10c9', 'type-PF', 0): 1,
            ('8086', '10c9', 'type-PF', 1): 1,
            ('8086', '10ca', 'type-VF', 0): 7,
            ('8086', '10ca', 'type-VF', 1): 7,
            ('1b36', '0010', 'type-VF', 1): 4}


def test_a_guest_without_devices_runs(scene, host):
    server = scene.boot(scene.flavor(), host=libvirt_host.HOST)
    assert (server['status'], server[HOST]) == ('ACTIVE', libvirt_host.HOST)
    assert host.run('virsh', '-c', 'qemu:///system', 'list', '--name'
                    ).split() == [server['OS-EXT-SRV-ATTR:instance_name']]


def test_a_guest_that_does_not_start_gives_its_devices_back(
        scene, records, log):
    """libvirt is given the last two devices of the pool, and refuses."""
    before = devices(records)
    server = scene.boot(scene.flavor('nvme:2'), host=libvirt_host.HOST)
    assert server['status'] == 'ERROR'
    assert "host doesn't support passthrough of host PCI devices" in log()
    assert re.findall(r'<address domain="0x0000" bus="0x82" slot="0x00" '
                      r'function="0x(.)"/>', log()) == ['3', '4']
    assert devices(records) == before


def test_a_port_whose_guest_does_not_start_is_unbound(scene, records, log):
    before = devices(records)
    port_id = scene.port('physnet2', 'direct-physical')
    server = scene.boot(scene.flavor(), [port_id], host=libvirt_host.HOST)
    assert server['status'] == 'ERROR'
    assert "host doesn't support passthrough of host PCI devices" in log()
    assert devices(records) == before
    port = scene.calls.network('GET', f'/ports/{port_id}')['port']
    assert (port['binding:vif_type'], port['binding:profile']) == (
        'unbound', {})
