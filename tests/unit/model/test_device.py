# SPDX-License-Identifier: Apache-2.0

"""What a PF excludes, and what a child has of its PF."""

import itertools

import pytest

from nova_pci_ext.model import device
from nova_pci_ext.model.device import DeviceType
from tests import device_scenes


def test_a_pf_and_its_children_exclude_each_other():
    pairs = {(one, other) for one, other in itertools.product(
        (None, *DeviceType), repeat=2) if device.excludes(one, other)}
    assert pairs == {
        (DeviceType.PF, DeviceType.VF), (DeviceType.VF, DeviceType.PF),
        (DeviceType.PF, DeviceType.VDPA), (DeviceType.VDPA, DeviceType.PF)}
    assert device.excludes('type-PF', 'vdpa')


@pytest.mark.parametrize(('child', 'parent', 'serial'), [
    pytest.param({}, None, None, id='its PF is not known'),
    pytest.param({}, {'serial': 'pf'}, 'pf', id='that of the card'),
    pytest.param({'serial': 'own'}, {'serial': 'pf'}, 'own', id='its own'),
    pytest.param({'dev_type': DeviceType.VDPA}, {'serial': 'pf'}, None,
                 id='a vDPA device has not that of the card'),
    pytest.param({'dev_type': DeviceType.VDPA, 'serial': 'own'}, {}, 'own',
                 id='a vDPA device with its own'),
])
def test_the_serial_number_of_the_card(child, parent, serial):
    assert device.card_serial(
        device_scenes.vf(**child),
        None if parent is None else device_scenes.pf(**parent)) == serial


@pytest.mark.parametrize(('child', 'parent', 'name'), [
    pytest.param(('v0',), ('p0', 'p1'), 'p0', id='the first of the PF'),
    pytest.param((), ('p0',), None, id='a VF without an interface'),
    pytest.param(('v0',), (), None, id='a PF without an interface'),
    pytest.param(('v0',), None, None, id='its PF is not known'),
])
def test_the_interface_of_the_pf(child, parent, name):
    assert device.parent_interface(
        device_scenes.vf(netdevs=child), None if parent is None
        else device_scenes.pf(netdevs=parent)) == name
