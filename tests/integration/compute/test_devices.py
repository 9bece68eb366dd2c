# SPDX-License-Identifier: Apache-2.0

"""Nova's devices by address, with their families, and what is done to them."""

import pytest
from nova import objects

from nova_pci_ext.compute import devices
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DeviceClaim
from tests.device_rows import family
from tests.device_rows import reported

pytestmark = pytest.mark.nova

PF, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'


def create(properties):
    objects.register_all()
    return objects.PciDevice.create(
        None, {'compute_node_id': 1, **properties})


def index(*more):
    return devices.DeviceIndex(objects.PciDeviceList(objects=[
        create(each) for each in (*reversed(family('81', 2)), *more)]))


def test_devices_are_sorted_and_linked_as_nova_links_them():
    found = index()
    assert [dev.address for dev in found] == [PF, VF_0, VF_1]
    assert [dev.address for dev in found[PF].child_devices] == [VF_0, VF_1]
    assert found[VF_1].parent_device is found[PF]
    assert found.whole_families([PF])[PF] == DeviceClaim(
        address=PF, state=ClaimState.AVAILABLE, children=(VF_0, VF_1))
    assert found.whole_families([VF_0])[VF_0].parents == (PF,)


def test_a_removed_device_is_no_relative():
    found = index()
    found[VF_0].status = 'removed'
    assert found.alive(VF_0) is None
    assert found.whole_families([PF])[PF].children == (VF_1,)


def test_a_pf_that_comes_back_finds_its_vfs():
    found = index()
    found.forget([found[PF]])
    assert found.get(PF) is None
    assert found[VF_0].parent_device is None
    found.add([create(family('81', 0)[0])])
    assert [dev.address for dev in found[PF].child_devices] == [VF_0, VF_1]


def test_whole_families():
    found = index(reported('0000:01:00.0'))
    assert sorted(found.whole_families(
        [VF_0])) == [PF, VF_0, VF_1]
    assert not found.is_held(PF)
    found[VF_1].status = 'claimed'
    assert found.is_held(PF)
    assert not found.is_held('0000:01:00.0')


def test_what_follows_from_the_owners_of_a_family():
    found = index(reported('0000:01:00.0'))
    found[VF_0].status = 'allocated'
    found['0000:01:00.0'].status = 'unavailable'
    found.settle([VF_0])
    assert [(dev.address, dev.status) for dev in found] == [
        ('0000:01:00.0', 'unavailable'), (PF, 'unavailable'),
        (VF_0, 'allocated'), (VF_1, 'available')]
    found.settle(['0000:01:00.0'])
    assert found['0000:01:00.0'].status == 'available'


def test_putting_back_marks_only_what_differs():
    dev = create(reported(PF))
    dev.instance_uuid = dev.request_id = None
    dev.obj_reset_changes()
    devices.put_back(dev, DeviceClaim(address=PF))
    assert dev.obj_what_changed() == set()
    devices.put_back(dev, DeviceClaim(
        address=PF, state=ClaimState.UNCLAIMABLE))
    assert dev.obj_what_changed() == {'status'}


def row(address, number=None):
    dev = create(reported(address))
    if number is not None:
        dev.id = number
    return dev


@pytest.mark.parametrize(('one', 'other', 'same'), [
    ((PF, 1), (VF_0, 1), True), ((PF, 1), (PF, 2), False),
    ((PF, None), (PF, 2), True), ((PF, None), (VF_0, None), False),
], ids=['one id', 'two ids', 'never saved', 'two addresses'])
def test_rows_and_what_is_taken_out_of_a_list(one, other, same):
    listed = [row(*one)]
    assert devices.same_row(row(*one), row(*other)) is same
    devices.take_out(listed, [row(*other)])
    assert len(listed) == (0 if same else 1)


def test_the_list_of_an_instance():
    assert devices.of_instance(None) == []
    old = {}
    devices.hand_to(devices.of_instance(old), [row(PF, 1)])
    assert [dev.address for dev in old['pci_devices']] == [PF]
    new = objects.Instance(pci_devices=objects.PciDeviceList(objects=[]))
    assert devices.of_instance(new) is new.pci_devices.objects
