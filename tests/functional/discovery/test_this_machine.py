# SPDX-License-Identifier: Apache-2.0

"""This machine's own devices, whatever they are."""

import pathlib
import re
import shutil
import subprocess

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import joining
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.discovery import pci_ids
from nova_pci_ext.discovery import sysfs

BUS = pathlib.Path('/sys/bus/pci/devices')
pytestmark = pytest.mark.skipif(
    not BUS.is_dir(), reason='this machine has no PCI bus')


@pytest.fixture(scope='module')
def found():
    return sysfs.read_host('here')


def test_every_device_of_the_bus_is_found(found):
    assert [str(each.address) for each in found.devices] == sorted(
        path.name for path in BUS.iterdir())


def test_ids_and_drivers_are_those_that_the_kernel_announces(found):
    """``uevent`` has them in another form than the files that are read."""
    for each in found.devices:
        event = (BUS / str(each.address) / 'uevent').read_text()
        assert f'PCI_ID={each.vendor_id}:{each.product_id}\n'.upper() in event
        driver = re.search('^DRIVER=(.*)$', event, re.MULTILINE)
        assert each.driver == (driver[1] if driver else None)


def test_the_place_of_a_device_is_its_real_path(found):
    for each in found.devices:
        real = (BUS / str(each.address)).resolve()
        assert (*each.pci_path, str(each.address)) == (
            real.parts[-len(each.pci_path) - 1:])
        assert each.pci_path[0].startswith('pci')


def test_lspci_lists_the_same_devices(found):
    if shutil.which('lspci') is None:
        pytest.skip('lspci is not installed')
    lines = subprocess.run(['lspci', '-D', '-n'], check=True, text=True,
                           capture_output=True).stdout.splitlines()
    assert sorted((line.split()[0], line.split()[2]) for line in lines) == [
        (str(each.address), f'{each.vendor_id}:{each.product_id}')
        for each in found.devices]


def test_libvirt_agrees_but_for_what_it_is_told_to_say(found):
    try:
        libvirt = nodedev.read_libvirt('here')
    except exceptions.DiscoveryError as exc:
        pytest.skip(str(exc))
    assert joining.join(found, libvirt)[1] == ()


def test_what_is_recorded_of_it_reads_back_equal(found, tmp_path):
    named = pci_ids.add_names(found)
    inventory_file.write_inventory(named, tmp_path / 'here.json')
    assert inventory_file.read_inventory(tmp_path / 'here.json') == named
