# SPDX-License-Identifier: Apache-2.0

"""Inventory files on disk, those of the quickstart among them."""

import pathlib

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import inventory

QUICKSTART = (pathlib.Path(__file__).parents[3]
              / 'etc' / 'nova_pci_ext' / 'quickstart')


@pytest.mark.parametrize(
    'path', sorted(QUICKSTART.glob('*-host.json')),
    ids=lambda path: path.stem)
def test_a_recorded_host_of_the_quickstart_reads_and_writes(path, tmp_path):
    found = inventory.read_inventory(path)
    assert found.host == path.stem
    inventory.write_inventory(found, tmp_path / 'again.json')
    assert (tmp_path / 'again.json').read_text() == path.read_text()


def test_at_least_two_hosts_of_the_quickstart_have_the_devices_of_a1():
    """The alias of the mission asks for 8086:1520."""
    having = [path.stem for path in sorted(QUICKSTART.glob('*-host.json'))
              if any(each.product_id == '1520'
                     for each in inventory.read_inventory(path).devices)]
    assert having == ['gpu-host', 'plain-host']


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / 'none.json'
    with pytest.raises(exceptions.DiscoveryError) as caught:
        inventory.read_inventory(path)
    assert str(caught.value) == (
        f'{path}: cannot be read: No such file or directory')
