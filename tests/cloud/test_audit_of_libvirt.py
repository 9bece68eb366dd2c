# SPDX-License-Identifier: Apache-2.0

"""The audit of a compute with a libvirtd, on the host itself.

What guests have comes from libvirt's domains there, and what the host has
from its sysfs, a recording that can be changed. No guest with a device starts,
so the lies are told of domains that are defined and do not run.
"""

import json
import subprocess

import pytest

from cloud import processes
from tests.cloud import auditor
from tests.cloud import libvirt_host

QUICK = ('tracker',)
VIRSH = ('virsh', '-c', 'qemu:///system')
STRANGE = """\
<domain type='qemu'>
  <name>by-hand</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>{element}</devices>
</domain>
"""
HOSTDEV = """\
<hostdev mode='subsystem' type='pci' managed='yes'>
  <source><address domain='0x{0}' bus='0x{1}' slot='0x{2}' function='0x{3}'/>
  </source>
</hostdev>
"""


def hostdev(address):
    domain, bus, rest = address.split(':')
    return HOSTDEV.format(domain, bus, *rest.split('.'))


@pytest.fixture(scope='module')
def host(place, calls, choice):
    """One more compute, while this module runs."""
    with libvirt_host.running(place, calls, choice) as replayed:
        yield replayed


@pytest.fixture
def audit(place, host, tmp_path):
    """Return what runs the command on the host: kinds and devices."""
    words = auditor.Command(place, libvirt_host.HOST, tmp_path).words(
        '-f', 'json', '--wait', '0')

    def run():
        done = subprocess.run(host.command(*words), capture_output=True,
                              text=True, timeout=300)
        assert done.returncode in (0, 1), done.stderr
        return [(each['kind'], each['address'])
                for each in json.loads(done.stdout)['findings']]
    return run


@pytest.fixture
def vf(records):
    """Return the address of a VF that nobody has."""
    return next(each.address for each in records.devices()
                if each.host == libvirt_host.HOST
                and each.status == 'available' and each.kind[1] == '10ca')


def test_a_guest_that_nova_does_not_know(scene, audit, host, vf, tmp_path):
    assert audit() == []
    path = tmp_path / 'guest.xml'
    path.write_text(STRANGE.format(uuid=auditor.STRANGER,
                                   element=hostdev(vf)))
    host.run(*VIRSH, 'define', path)
    try:
        assert audit() == [('guest-unknown', vf)]
    finally:
        host.run(*VIRSH, 'undefine', 'by-hand')
    assert audit() == []


def test_a_guest_of_nova_with_a_device_whose_row_is_free(
        scene, audit, host, vf, tmp_path):
    server = scene.boot(scene.flavor(), host=libvirt_host.HOST)
    assert server['status'] == 'ACTIVE', server.get('fault')
    assert audit() == []
    scene.act(server['id'], 'os-stop')
    scene.wait(server['id'], 'SHUTOFF')
    name = server['OS-EXT-SRV-ATTR:instance_name']
    path = tmp_path / 'hostdev.xml'
    path.write_text(hostdev(vf))
    host.run(*VIRSH, 'attach-device', name, path, '--config')
    assert audit() == [('guest-has-free-device', vf)]
    host.run(*VIRSH, 'detach-device', name, path, '--config')
    assert audit() == []


def test_what_sysfs_shows(scene, place, audit, host, vf):
    link = f'/sys/bus/pci/devices/{vf}'
    # The next update would bring the row into line, before anybody looks.
    with processes.paused(place, libvirt_host.NAME):
        host.run('mv', link, '/sys/bus/pci/away')
        try:
            assert audit() == [('free-device-gone', vf)]
        finally:
            host.run('mv', '/sys/bus/pci/away', link)
        host.run('sh', '-c', f'echo 0x10cb >{link}/device')
        try:
            assert audit() == [('another-device', vf)]
        finally:
            host.run('sh', '-c', f'echo 0x10ca >{link}/device')
    assert audit() == []


def test_a_driver_of_the_host_where_libvirt_does_not_bind_one(
        scene, audit, records, vf):
    (row,) = records.query(
        'SELECT device.id, extra_info FROM nova.pci_devices device JOIN '
        'nova.compute_nodes node ON node.id = compute_node_id WHERE '
        f'device.deleted = 0 AND host = "{libvirt_host.HOST}" AND '
        f'address = "{vf}"')

    def write(text):
        records.query('UPDATE nova.pci_devices SET extra_info = '
                      f'{json.dumps(text)} WHERE id = {row["id"]}')
    write(json.dumps({**json.loads(row['extra_info']), 'managed': 'false'}))
    try:
        assert audit() == [('driver-not-as-managed', vf)]
    finally:
        write(row['extra_info'])
    assert audit() == []
