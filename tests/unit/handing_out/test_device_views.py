# SPDX-License-Identifier: Apache-2.0

"""Which entry takes a device, and what has become of it."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes
from tests import hgx_host

PF = '0000:0a:00.0'
VFS = ('0000:0a:10.0', '0000:0a:10.2')
EVERYTHING = ('{"address": "*:*:*.*"}',)
VFS_ONLY = ('{"product_id": "1520"}',)


def uses(entries, owned=()):
    """Return the use of the PF and of its two VFs."""
    devices = [scenes.pf(PF), *(scenes.vf(each) for each in VFS)]
    found = Inventory(host='h', devices=tuple(
        scenes.pf(PF, owner='u') if str(each.address) in owned
        and each.parent is None
        else scenes.vf(str(each.address), owner='u')
        if str(each.address) in owned else each for each in devices))
    specs = None if entries is None else [
        spec for text in entries for spec in parsing.parse_device_spec(text)]
    return [view.use for view in device_views.view_devices(found, specs)]


@pytest.mark.parametrize(('entries', 'owned', 'expected'), [
    pytest.param(EVERYTHING, (), [Use.FREE, Use.FREE, Use.FREE],
                 id='nobody owns anything'),
    pytest.param(EVERYTHING, VFS[:1], [Use.DEPENDENT, Use.OWNED, Use.FREE],
                 id='an owned VF makes its PF dependent, not its sisters'),
    pytest.param(EVERYTHING, (PF,), [Use.OWNED, Use.DEPENDENT,
                                     Use.DEPENDENT],
                 id='an owned PF makes its VFs dependent'),
    pytest.param(VFS_ONLY, VFS[:1], [Use.NOT_HANDED_OUT, Use.OWNED,
                                     Use.FREE],
                 id='a PF that is not handed out stays so'),
    pytest.param((), (), [Use.NOT_HANDED_OUT] * 3,
                 id='a configuration without entries'),
    pytest.param((), VFS[:1], [Use.NOT_HANDED_OUT, Use.OWNED,
                               Use.NOT_HANDED_OUT],
                 id='an owned device that no entry takes any more'),
    pytest.param(None, VFS[:1], [None, Use.OWNED, None],
                 id='no configuration'),
])
def test_uses(entries, owned, expected):
    assert uses(entries, owned) == expected


def test_what_may_be_the_device_of_an_owner_is_not_free():
    found = Inventory(host='h', devices=(
        scenes.vf(VFS[0], held='it may be the device of 0000:0b:10.0'),
        scenes.vf(VFS[1], held='another device is there', owner='u'),))
    specs = [spec for text in EVERYTHING
             for spec in parsing.parse_device_spec(text)]
    assert [view.use for view in device_views.view_devices(found, specs)
            ] == [Use.DEPENDENT, Use.OWNED]


def test_entry_and_group_members():
    found = Inventory(host='h', devices=(
        scenes.device('0000:01:00.0', iommu_group=4),
        scenes.device('0000:01:00.1', iommu_group=4),
        scenes.device('0000:02:00.0', product_id='1528', iommu_group=5)))
    specs = parsing.parse_device_spec('{"product_id": "1521"}')
    first, second, third = device_views.view_devices(found, specs)
    assert first.group_members == (PciAddress.parse('0000:01:00.1'),)
    assert second.group_members == (PciAddress.parse('0000:01:00.0'),)
    assert third.group_members == ()
    assert (first.entry, third.entry) == ('[pci] device_spec[0]', None)


def test_a_view_has_the_place_of_its_device():
    declared = DeviceGroup(type='nvlink', name='p3', addresses=(
        PciAddress.parse('0000:b8:00.0'),))
    views = {str(view.device.address): view
             for view in device_views.view_devices(
                 hgx_host.host(), None, [declared])}
    gpu = views['0000:b8:00.0']
    assert gpu.tag('pcie_switch') == '0000:b3:00.0'
    assert gpu.device_groups == (('nvlink', ('p3',)),)
    assert [address for address, view in views.items() if view.is_switch] == [
        '0000:0b:00.0', '0000:3d:00.0', '0000:81:00.0', '0000:b3:00.0']
