# SPDX-License-Identifier: Apache-2.0

import functools

import pytest

from nova_pci_ext.discovery import health_files
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.health import Facts as _Facts
from tests import sysfs_tree

PF = '0000:81:00.0'
Facts = functools.partial(_Facts, class_code='020000')
# As Linux 6.1 prints it.
FATAL = ('Undefined 0\nDLP 2\nSDES 0\nTLP 0\nFCP 0\nCmpltTO 1\nCmpltAbrt 0\n'
         'UnxCmplt 0\nRxOF 0\nMalfTLP 0\nECRC 0\nUnsupReq 0\nACSViol 0\n'
         'UncorrIntErr 0\nBlockedTLP 0\nAtomicOpBlocked 0\nTLPBlockedErr 0\n'
         'PoisonTLPBlocked 0\nTOTAL_ERR_FATAL 3')
LINK = {'current_link_width': '4', 'max_link_width': '16',
        'current_link_speed': '8.0 GT/s PCIe',
        'max_link_speed': '16.0 GT/s PCIe'}


@pytest.fixture
def read(tmp_path):
    def read(vendor='8086', driver='ice', vfs=0, **files):
        tree = sysfs_tree.Tree(tmp_path)
        tree.device(PF, '8086:1592', '020000', driver, vfs=8, **files)
        for number in range(vfs):
            tree.device(f'0000:81:01.{number}', '8086:1889', '020000', pf=PF)
        return health_files.read(Root(tmp_path), PF, vendor)
    return read


@pytest.mark.parametrize(('files', 'expected'), [
    ({}, Facts(driver='ice')),
    ({'driver': None}, Facts()),
    ({'vfs': 2}, Facts(driver='ice', vfs=2)),
    ({'aer_dev_fatal': FATAL, 'aer_dev_nonfatal': 'TOTAL_ERR_NONFATAL 0'},
     Facts(driver='ice', fatal=3, nonfatal=0)),
    (LINK, Facts(driver='ice', width=4, max_width=16, speed=8.0,
                 max_speed=16.0)),
    ({**LINK, 'power__runtime_status': 'active'},
     Facts(driver='ice', width=4, max_width=16, speed=8.0, max_speed=16.0)),
    ({**LINK, 'power__runtime_status': 'suspended'}, Facts(driver='ice')),
    ({'current_link_speed': 'Unknown', 'current_link_width': '0',
      'max_link_speed': '2.5 GT/s'},
     Facts(driver='ice', width=0, max_speed=2.5)),
    ({'aer_dev_fatal': 'TOTAL_ERR_FATAL many', 'max_link_width': 'x16'},
     Facts(driver='ice')),
], ids=['nothing', 'no driver', 'VFs', 'errors', 'a link', 'an awake device',
        'a device that sleeps', 'a link that is down', 'nonsense'])
def test_what_the_kernel_shows_is_read(read, files, expected):
    assert read(**files) == expected


def test_a_device_of_another_host_is_not_read(read, tmp_path):
    assert read(vendor='10de') is None
    assert health_files.read(Root(tmp_path), '0000:82:00.0', '8086') is None


def test_no_file_is_read_that_waits_for_the_lock_of_a_device(
        read, monkeypatch):
    opened = []
    text = Root.text

    def note(self, *parts):
        opened.append(parts[-1])
        return text(self, *parts)

    monkeypatch.setattr(Root, 'text', note)
    read(vfs=1, **LINK, sriov_numvfs='1', driver_override='(null)',
         aer_dev_fatal=FATAL, aer_dev_nonfatal='TOTAL_ERR_NONFATAL 0')
    assert set(opened) == {
        'vendor', 'class', 'runtime_status', 'aer_dev_fatal',
        'aer_dev_nonfatal', *LINK}
