# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.discovery import sysfs
from nova_pci_ext.discovery import unhealthy
from tests import sysfs_tree

PF, VF, GPU, PORT = '0000:81:00.0', '0000:81:02.0', '0000:41:00.0', (
    '0000:80:01.0')
NARROW = {'current_link_width': 4, 'max_link_width': 16}


@pytest.fixture
def tree(tmp_path):
    """A card with a VF, a GPU and a root port."""
    made = sysfs_tree.Tree(tmp_path)
    made.device(PF, '8086:1521', '020000', 'igb', vfs=1, sriov_numvfs=1,
                aer_dev_nonfatal='TOTAL_ERR_NONFATAL 2')
    made.device(VF, '8086:1520', '020000', pf=PF, **NARROW)
    made.device(GPU, '10de:1db6', '030200', **NARROW,
                current_link_speed='2.5 GT/s PCIe',
                max_link_speed='16.0 GT/s PCIe')
    made.device(PORT, '8086:1234', '060400', 'pcieport', **NARROW)
    return made


def found(tree):
    host = unhealthy.add(sysfs.read_host('h', tree.root), tree.root)
    return {str(each.address): each.unhealthy for each in host.devices
            if each.unhealthy}


ERRORS = '2 uncorrected PCIe errors since the host started'


def test_each_device_says_what_is_wrong_with_its_card(tree):
    assert found(tree) == {
        PF: ERRORS, VF: f'PF {PF}: {ERRORS}',
        GPU: 'link has 4 of 16 lanes'}


def test_a_host_on_which_nothing_is_wrong_is_left_as_it_is(tmp_path):
    tree = sysfs_tree.Tree(tmp_path)
    tree.device(PF, '8086:1521', '020000', 'igb')
    host = sysfs.read_host('h', tmp_path)
    assert unhealthy.add(host, tmp_path) is host


def test_a_link_that_leads_out_of_a_recording_is_passed_over(
        tree, tmp_path, monkeypatch):
    host = sysfs.read_host('h', tree.root)
    place = tree.root / tree.places[GPU] / 'current_link_width'
    place.unlink()
    place.symlink_to('/etc/passwd')
    assert [str(each.address) for each in unhealthy.add(
        host, tree.root).devices if each.unhealthy] == [PF, VF]
