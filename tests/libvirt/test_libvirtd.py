# SPDX-License-Identifier: Apache-2.0

"""What libvirtd has of the recorded host, and what Nova makes of that."""

import dataclasses
import json
import sys

import pytest

from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.model.device_set import is_place_tag
from tests import igb_host
from tests.libvirt import replay

NOVA, OURS = 'libvirt.LibvirtDriver', 'pci_ext.LibvirtDriver'
COMPUTE_TIMEOUT_S = 300
CLI = ('-c', 'import sys; from nova_pci_ext.cli import main;'
             'sys.exit(main.main(sys.argv[1:]))')
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope='module')
def host():
    """A libvirtd that takes the recorded host for its machine."""
    with replay.replayed() as running:
        yield running


@pytest.fixture(scope='module')
def written(host, tmp_path_factory):
    """What nova-compute has written, by the driver in its nova.conf."""
    return {driver: json.loads(host.run(
        sys.executable, '-m', 'tests.libvirt.compute', driver,
        tmp_path_factory.mktemp('nova'),
        timeout_s=COMPUTE_TIMEOUT_S).splitlines()[-1])
        for driver in (NOVA, OURS)}


def test_one_line_of_nova_conf_puts_our_classes_in_place(written):
    assert {driver: [each['driver'], each['tracker'], each['stats']]
            for driver, each in written.items()} == {
        NOVA: ['nova.virt.libvirt.driver.LibvirtDriver',
               'nova.pci.manager.PciDevTracker',
               'nova.pci.stats.PciDeviceStats'],
        OURS: ['nova_pci_ext.virt.libvirt_driver.LibvirtDriver',
               'nova_pci_ext.compute.tracker.PciDevTracker',
               'nova_pci_ext.stats.PciDeviceStats']}


def test_the_tracker_hears_of_the_guests_that_run(written):
    assert {driver: each['guests'] for driver, each in written.items()} == {
        NOVA: [], OURS: ['running']}


@pytest.mark.parametrize(('what', 'count'), [
    ('reported', 33), ('rows', 14), ('pools', 3)])
def test_the_inventory_is_that_of_nova_alone(written, what, count):
    """But for where devices are, which Nova does not ask."""
    assert [_placeless(each) for each in written[OURS][what]] == (
        written[NOVA][what])
    assert len(written[OURS][what]) == count


def _placeless(found):
    """Return a report, a row or a pool without the tags of its place."""
    return {key: _placeless(value) if key == 'extra_info' else value
            for key, value in found.items() if not is_place_tag(key)}


def test_pools_say_below_which_root_port_their_devices_are(written):
    assert {(each['address'], each['pcie_root'])
            for each in written[OURS]['pools']} == {
        ('0000:41:00.0', '0000:40:00.0'), ('0000:81:00.0', '0000:80:00.0')}


def test_the_device_spec_takes_the_fourteen_vfs_of_the_igb_cards(written):
    assert {(each['vendor_id'], each['product_id'], each['dev_type'],
             each['status']) for each in written[OURS]['rows']} == {
        ('8086', '10ca', 'type-VF', 'available')}
    assert sum(each['count'] for each in written[OURS]['pools']) == 14


def test_nova_pci_devices_reads_what_was_recorded(host, tmp_path):
    """But for a card's features, which are not files, and pci.ids' names."""
    path = tmp_path / 'found.json'
    host.run(sys.executable, *CLI, 'devices', '--libvirt', '--host',
             'igb-host', '--no-owners', '--record', path)
    recorded = nodedev.read_folder('igb-host', igb_host.NODEDEV)
    assert _replayable(inventory_file.read_inventory(path)) == (
        _replayable(recorded))


def test_sysfs_and_libvirtd_do_not_differ(host):
    done = host.run('sh', '-c', 'exec "$@" 2>&1', 'sh', sys.executable, *CLI,
                    'devices', '--sysfs', '--libvirt', '--no-owners')
    assert 'warning' not in done
    assert '33 devices (3 PFs, 18 VFs)' in done


def _replayable(found):
    return [dataclasses.replace(each, capabilities=(), vendor_name=None,
                                product_name=None)
            for each in found.devices]


DOMAIN = """\
<domain type='qemu'>
  <name>audited</name>
  <uuid>0c7a1f52-5d9e-4a37-9e5c-3d1d7f1f0a11</uuid>
  <memory unit='MiB'>64</memory>
  <os><type>hvm</type></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'><source>
      <address domain='0x0000' bus='0x82' slot='0x00' function='0x1'/>
    </source></hostdev>
    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:00:00:01'/><source>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x10'
               function='0x0'/></source></interface>
    <interface type='direct'><mac address='52:54:00:00:00:02'/>
      <source dev='enp1s0' mode='bridge'/></interface>
  </devices>
</domain>
"""


def test_the_devices_of_a_domain_are_read_for_the_audit(host, tmp_path):
    text = tmp_path / 'audited.xml'
    text.write_text(DOMAIN)
    virsh = ('virsh', '--quiet', '--connect', 'qemu:///system')
    host.run(*virsh, 'define', text)
    try:
        found = host.run(
            sys.executable, '-c',
            'from nova_pci_ext.discovery import domains; print([('
            "each.name, each.running, [*map(str, each.hostdevs)], "
            "each.interfaces) for each in domains.read() "
            "if each.name == 'audited'])")
    finally:
        host.run(*virsh, 'undefine', 'audited')
    assert found.strip() == str([
        ('audited', False, ['0000:01:10.0', '0000:82:00.1'], ('enp1s0',))])


# Nova has a row for each VF, and thinks that all are free. Of what has no
# row it is nobody's business who has it.
AUDIT = """\
import collections
from nova_pci_ext.auditing import books, comparing
from nova_pci_ext.bookkeeping import machine_book
machine, unread = machine_book.read('igb-host')
assert not unread, unread
rows = tuple(books.Row(
    id=number, node_id=1, address=each.address, parent=each.parent,
    dev_type=each.dev_type, vendor_id=each.vendor_id,
    product_id=each.product_id, status='available')
    for number, each in enumerate(machine.devices, 1)
    if each.dev_type == 'type-VF')
pools = tuple(books.Pool(
    vendor_id=vendor, product_id=product, dev_type='type-VF', numa_node=None,
    count=count) for (vendor, product), count in collections.Counter(
        (row.vendor_id, row.product_id) for row in rows).items())
for each in comparing.compare(books.Books(
        nodes=(books.Node(id=1, host='igb-host', name='n', uuid='u',
                          pools=pools),), rows=rows, machines=(machine,))):
    print(each.kind.value, each.device, each.instance, each.text)
"""


@pytest.mark.parametrize('defined', [True, False], ids=['a guest', 'none'])
def test_a_guest_that_nova_does_not_know_is_found(host, tmp_path, defined):
    text = tmp_path / 'audited.xml'
    text.write_text(DOMAIN)
    virsh = ('virsh', '--quiet', '--connect', 'qemu:///system')
    if defined:
        host.run(*virsh, 'define', text)
    try:
        found = host.run(sys.executable, '-W', 'ignore', '-c', AUDIT)
    finally:
        if defined:
            host.run(*virsh, 'undefine', 'audited')
    assert found.splitlines() == ([
        'guest-unknown 0000:82:00.1 0c7a1f52-5d9e-4a37-9e5c-3d1d7f1f0a11 '
        'guest audited has it, which is not an instance; the row is '
        'available'] if defined else [])
