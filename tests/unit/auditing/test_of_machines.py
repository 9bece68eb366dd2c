# SPDX-License-Identifier: Apache-2.0

import dataclasses

from nova_pci_ext.auditing import comparing
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


def test_both_guests_of_a_device_are_named():
    (found,) = comparing.compare(audit_lies.two_guests_with_one_device(
        audit_scenes.known_cloud()))
    assert found.text == f'guests {A.uuid} and {B.uuid} have it'
