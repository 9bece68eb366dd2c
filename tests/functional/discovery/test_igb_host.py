# SPDX-License-Identifier: Apache-2.0

"""The recorded host, read from sysfs and from libvirt's node devices.

``NOVA_PCI_WRITE_EXAMPLES=1`` writes the quickstart's igb-host.json anew.
"""

import dataclasses
import os
import pathlib

import pytest

from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import joining
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.discovery import overrides
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.model.address import PciAddress
from tests import igb_host

SHIPPED = (pathlib.Path(__file__).parents[3] / 'etc' / 'nova_pci_ext'
           / 'quickstart' / 'igb-host.json')
ORIGIN = ('read from a running Linux guest with two emulated Intel 82576 '
          'cards, seven VFs each, and an NVMe disk with four VFs')
SPARE_VF = PciAddress.parse('0000:41:11.4')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return igb_host.unpack(tmp_path_factory.mktemp('igb-host'))


@pytest.fixture(scope='module')
def libvirt():
    return nodedev.read_folder('igb-host', igb_host.NODEDEV)


def test_sysfs_and_libvirt_agree_on_every_fact(root, libvirt):
    joined, differences = joining.join(
        sysfs.read_host('igb-host', root), libvirt)
    assert differences == ()
    assert len(joined.devices) == 33


def test_the_inventory_of_the_quickstart_is_what_discovery_finds(
        root, libvirt):
    """The recorded tree only lacks the CPU topology, so the sockets."""
    joined, _ = joining.join(
        overrides.add(sysfs.read_host('igb-host', root), root), libvirt)
    expected = dataclasses.replace(
        joined, origin=ORIGIN, numa_cells=tuple(
            dataclasses.replace(cell, socket=0)
            for cell in joined.numa_cells))
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        inventory_file.write_inventory(expected, SHIPPED)
    assert inventory_file.read_inventory(SHIPPED) == expected


def test_what_changed_between_the_two_readings_is_stated(tmp_path, libvirt):
    root = igb_host.unpack(tmp_path)
    vf = (root / 'sys' / 'bus' / 'pci' / 'devices' / str(SPARE_VF)).resolve()
    (vf / 'driver').unlink()
    (vf / 'numa_node').write_text('-1\n')
    gone = root / 'sys' / 'bus' / 'pci' / 'devices' / '0000:82:00.4'
    gone.unlink()
    joined, differences = joining.join(
        sysfs.read_host('igb-host', root), libvirt)
    assert [str(each) for each in differences] == [
        '0000:41:11.4 driver: sysfs says nothing, libvirt says igbvf',
        '0000:41:11.4 numa_node: sysfs says nothing, libvirt says 0',
        '0000:82:00.4: libvirt has it, sysfs does not']
    assert len(joined.devices) == 32


def test_a_device_that_libvirt_does_not_know_is_kept(root, libvirt):
    fewer = dataclasses.replace(libvirt, devices=libvirt.devices[1:])
    joined, differences = joining.join(
        sysfs.read_host('igb-host', root), fewer)
    assert [str(each) for each in differences] == [
        '0000:00:00.0: sysfs has it, libvirt does not']
    assert len(joined.devices) == 33


def test_libvirt_adds_names_and_features(root, libvirt):
    joined, _ = joining.join(sysfs.read_host('igb-host', root), libvirt)
    vf = next(each for each in joined.devices if each.address == SPARE_VF)
    assert (vf.vendor_name, vf.product_name, vf.capabilities[0]) == (
        'Intel Corporation', '82576 Virtual Function', 'gro')


def test_a_running_libvirt_shows_what_was_recorded(tmp_path):
    """Libvirt's test driver has the devices of a file, but no drivers."""
    pytest.importorskip('libvirt', reason='libvirt-python is not installed')
    path = tmp_path / 'testnode.xml'
    path.write_text('<node>' + ''.join(
        each.read_text() for each in sorted(igb_host.NODEDEV.iterdir()))
        + '</node>')
    recorded = nodedev.read_folder('igb-host', igb_host.NODEDEV)
    running = nodedev.read_libvirt('igb-host', f'test://{path}')
    assert running.devices == tuple(
        dataclasses.replace(each, driver=None) for each in recorded.devices)
    assert running.hypervisor.kind == 'TEST'
    assert running.hypervisor.version == '0.0.2'
