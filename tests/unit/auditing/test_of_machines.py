# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A
from tests.audit_scenes import B


def kinds(books):
    return [each.kind for each in comparing.compare(books)]


def test_missing_vfs_are_one_finding_that_names_their_owners():
    def without(each):
        if each.address == audit_lies.PF_A:
            return dataclasses.replace(each, num_vfs=0)
        return None if each.parent == audit_lies.PF_A else each

    (found,) = comparing.compare(audit_lies.devices(
        audit_scenes.known_cloud(vfs=5), 'h0', without))
    assert (found.kind, found.device) == (Kind.FEWER_VFS, audit_lies.PF_A)
    assert found.text == (
        'it has 0 VFs, and 5 have rows: 0000:3b:00.1, 0000:3b:00.2, '
        '0000:3b:00.3, 0000:3b:00.4, 0000:3b:00.5 are gone; owned by '
        + ', '.join(sorted([A.uuid, B.uuid])))


def test_no_kernel_binds_drivers_of_a_recorded_host():
    books = audit_lies.running_guest_with_a_driver_of_the_host(
        audit_scenes.known_cloud())
    assert kinds(books) == [Kind.DRIVER]
    assert kinds(audit_lies.machine(books, 'h0', recorded=True)) == []


def test_a_guest_that_is_off_needs_no_driver_and_no_device():
    books = audit_lies.guest_without_its_device(audit_scenes.known_cloud())
    assert kinds(audit_lies.guests(
        books, 'h0', B, running=lambda each: False)) == []


def test_a_guest_with_an_interface_that_cannot_be_followed():
    books = audit_lies.guest_without_its_device(audit_scenes.known_cloud())
    assert kinds(audit_lies.guests(
        books, 'h0', B, complete=lambda each: False)) == []


def test_a_device_behind_macvtap_is_in_its_guest():
    books = audit_lies.guests(
        audit_scenes.known_cloud(), 'h0', A,
        hostdevs=lambda each: tuple(
            address for address in each.hostdevs
            if address != audit_lies.PORT_VF_A),
        netdevs=lambda each: (audit_lies.PORT_VF_A,))
    assert kinds(books) == []


def without_its_port_vf(**values):
    """Return books in which a guest lacks the VF of a port."""
    books = audit_lies.guests(
        audit_scenes.known_cloud(), 'h0', A, hostdevs=lambda each: tuple(
            address for address in each.hostdevs
            if address != audit_lies.PORT_VF_A))
    return audit_lies.change(
        books, 'ports', lambda each: each.instance == A.uuid, **values)


@pytest.mark.parametrize(('vnic_type', 'vif_type', 'found'), [
    ('direct', 'hw_veb', [Kind.NOT_IN_GUEST]),
    ('direct', 'ovs', [Kind.NOT_IN_GUEST]),
    ('direct', '802.1qbh', [Kind.NOT_IN_GUEST]),
    ('direct-physical', 'hostdev_physical', [Kind.NOT_IN_GUEST]),
    ('macvtap', 'hw_veb', [Kind.NOT_IN_GUEST]),
    ('remote-managed', 'ovs', [Kind.NOT_IN_GUEST]),
    ('virtio-forwarder', 'agilio_ovs', []),
    ('virtio-forwarder', 'vrouter', []),
    ('vdpa', 'ovs', [Kind.NOT_IN_GUEST]),
    ('macvtap', '802.1qbg', []),
    ('', '', []),
])
def test_what_a_guest_shows_of_a_port(vnic_type, vif_type, found):
    """See Nova's virt/libvirt/vif.py and network/os_vif_util.py."""
    assert kinds(without_its_port_vf(
        vnic_type=vnic_type, vif_type=vif_type)) == found


@pytest.mark.parametrize(('netdevs', 'complete', 'found'), [
    ((audit_lies.PORT_VF_A,), True, []), ((), False, []),
    ((), True, [Kind.NOT_IN_GUEST])],
    ids=['followed', 'not followed', 'not there'])
def test_a_vdpa_device_is_in_its_guest_by_its_file(netdevs, complete, found):
    """What is not followed to an address may be any device."""
    books = audit_lies.devices(
        audit_lies.rewrite(without_its_port_vf(vnic_type='vdpa'), 'h0',
                           audit_lies.PORT_VF_A, dev_type='vdpa'),
        'h0', lambda each: dataclasses.replace(
            each, dev_type='vdpa', driver='mlx5_core', for_guests=False)
        if each.address == audit_lies.PORT_VF_A else each)
    assert kinds(audit_lies.guests(
        books, 'h0', A, netdevs=lambda each: netdevs,
        complete=lambda each: complete)) == found


def test_of_ports_that_were_not_read_nothing_is_said():
    assert kinds(dataclasses.replace(
        without_its_port_vf(vnic_type='direct'), ports=None)) == []


@pytest.mark.parametrize(('values', 'found'), [
    ({'vnic_type': 'accelerator-direct'}, []),
    ({'vnic_type': 'accelerator-direct-physical'}, []),
    ({'vnic_type': 'direct'}, [Kind.GUEST_HAS_UNTRACKED]),
    ({'vnic_type': 'accelerator-direct', 'host': 'h1'},
     [Kind.GUEST_HAS_UNTRACKED]),
    ({'vnic_type': 'accelerator-direct', 'instance': B.uuid},
     [Kind.GUEST_HAS_UNTRACKED]),
])
def test_a_device_of_cyborg_has_no_row(values, found):
    books = audit_lies.guest_with_a_device_of_no_row(
        audit_scenes.known_cloud())
    (lie,) = comparing.compare(books)
    port = Port(**{'id': 'p', 'instance': lie.instance, 'host': 'h0',
                   'slot': lie.device, **values})
    assert kinds(audit_lies.add(books, 'ports', port)) == found


def test_a_device_that_one_guest_has_twice():
    books = audit_lies.guests(
        audit_scenes.known_cloud(), 'h0', A,
        netdevs=lambda each: (audit_lies.PORT_VF_A,))
    (found,) = comparing.compare(books)
    assert (found.kind, found.instance, found.device) == (
        Kind.TWO_GUESTS, A.uuid, audit_lies.PORT_VF_A)
    assert found.text == f'guest instance-{A.uuid[:8]} has it 2 times'


def test_a_device_of_three_guests_one_of_which_has_it_twice():
    books = audit_lies.two_guests_with_one_device(audit_scenes.known_cloud())
    (lie,) = comparing.compare(books)
    (machine,) = [each for each in books.machines if each.host == 'h0']
    books = audit_lies.machine(books, 'h0', guests=(*machine.guests, Guest(
        uuid='third', name='third', running=False,
        hostdevs=(lie.device, lie.device))))
    (found,) = comparing.compare(books)
    assert found.text == f'guests {A.uuid} and {B.uuid} and third have it'


def test_both_guests_of_a_device_are_named():
    (found,) = comparing.compare(audit_lies.two_guests_with_one_device(
        audit_scenes.known_cloud()))
    assert found.text == f'guests {A.uuid} and {B.uuid} have it'
