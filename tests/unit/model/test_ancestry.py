# SPDX-License-Identifier: Apache-2.0

"""What is above a device, and devices that make no tree."""

import pytest

from nova_pci_ext.model import ancestry
from tests import device_scenes as scenes

PF = scenes.pf()
BELOW = (*PF.pci_path, str(PF.address))


def by_address(*devices):
    return {str(each.address): each for each in devices}


def test_a_vf_is_below_its_pf():
    vf = scenes.vf(pci_path=('pci0000:ff',))
    assert ancestry.above(vf, by_address(PF, vf)) == BELOW


def test_a_vf_without_its_pf_is_where_it_says():
    vf = scenes.vf(pci_path=('pci0000:ff',))
    assert ancestry.above(vf, by_address(vf)) == ('pci0000:ff',)


@pytest.mark.parametrize(('fields', 'fault'), [
    pytest.param({}, None, id='a tree'),
    pytest.param({'pci_path': ('pci0000:00', '0000:0a:00.0')},
                 '0000:0a:00.0 is above itself in pci_path or parent',
                 id='above itself'),
    pytest.param({'pci_path': tuple(
        f'0000:{bus:02x}:1f.0' for bus in range(ancestry.DEEPEST - 1))},
        None, id='as deep as can be'),
    pytest.param({'pci_path': tuple(
        f'0000:{bus:02x}:1f.0' for bus in range(ancestry.DEEPEST))},
        'device 0000:0a:00.0 has 64 bridges above it; expected less than 64',
        id='too deep'),
])
def test_faults(fields, fault):
    assert ancestry.fault([scenes.pf(**fields)]) == fault


def test_a_parent_that_is_its_own_child_is_a_fault():
    one = scenes.vf('0000:0a:00.0', parent='0000:0b:00.0')
    two = scenes.vf('0000:0b:00.0', parent='0000:0a:00.0')
    assert ancestry.fault([one, two]) == (
        '0000:0a:00.0 is above itself in pci_path or parent')
