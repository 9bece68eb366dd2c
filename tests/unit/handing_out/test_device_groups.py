# SPDX-License-Identifier: Apache-2.0

"""Groups of devices that no server can get."""

import pytest

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import device_groups
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from tests import device_scenes
from tests import handed_out

PF, VF, OTHER = '0000:0a:00.0', '0000:0a:10.0', '0000:0b:00.0'
DEVICES = (device_scenes.pf(), device_scenes.vf(), device_scenes.pf(OTHER))


def why(*addresses, entries=('{"vendor_id": "8086"}',)):
    """Return what is said of a group."""
    group = DeviceGroup(type='nvlink', name='p3', addresses=tuple(
        map(PciAddress.parse, addresses)))
    return [(fault.path, fault.message, fault.hint, fault.fault)
            for fault in device_groups.check(
                handed_out.cover(DEVICES, *entries), [group])]


def said(hint):
    return [('[pci_ext] device_group[0]', 'nvlink p3 cannot be used', hint,
             Fault.NO_EFFECT)]


def test_a_group_that_is_handed_out():
    assert why(PF, OTHER) == []


@pytest.mark.parametrize(('addresses', 'hint'), [
    pytest.param((PF, '0000:0c:00.0'), 'the host has no 0000:0c:00.0',
                 id='a device that is not there'),
    pytest.param((VF, OTHER), 'no entry hands out 0000:0b:00.0',
                 id='a device that is kept'),
    pytest.param((OTHER, '0000:0c:00.0'), 'the host has no 0000:0c:00.0, '
                 'and no entry hands out 0000:0b:00.0', id='both')])
def test_a_group_that_is_not_whole(addresses, hint):
    assert why(*addresses, entries=('{"address": "0000:0a:*.*"}',)) == said(
        hint)


def test_a_pf_and_its_vf_are_never_handed_out_together():
    assert why(PF, VF) == said('PF 0000:0a:00.0 takes 0000:0a:10.0 along')
