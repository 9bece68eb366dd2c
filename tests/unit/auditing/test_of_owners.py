# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A
from tests.audit_scenes import B


def only(books):
    (found,) = comparing.compare(books)
    return found


@pytest.mark.parametrize(('tell', 'text'), [
    (audit_lies.left_behind_by_a_move,
     f'the row is allocated for {A.uuid}, which is on h0'),
    (audit_lies.claimed_for_ever,
     f'the row is claimed for {A.uuid}, which is at rest'),
    (audit_lies.freed_under_its_server,
     f'the row is available, and {A.uuid} has the device by its guest'),
    (audit_lies.owner_without_its_charge,
     f'the row notes nothing, and {A.uuid} takes 4000 Mbit/s of the '
     'bandwidth budget of the PF'),
    (audit_lies.charge_of_another_number,
     f'the row notes 2500 Mbit/s for {A.uuid}, and {A.uuid} takes 4000 '
     'Mbit/s of the bandwidth budget of the PF'),
    (audit_lies.one_more_than_it_has,
     f'it lacks devices: 1 for request {audit_scenes.name_of("a", "gpu")}'),
])
def test_what_is_said(tell, text):
    assert only(tell(audit_scenes.known_cloud())).text == text


@pytest.mark.parametrize('address', [audit_lies.FREE_GPU, audit_lies.VF_A])
def test_a_charge_of_somebody_else_is_not_counted(address):
    """Nova's own tracker leaves it in the row."""
    books = audit_lies.rewrite(audit_scenes.known_cloud(), 'h0', address,
                               charge=4000, charged=B.uuid)
    assert comparing.compare(books) == ()


def test_a_port_that_placement_counts_takes_nothing():
    """Its request does not say so."""
    books = audit_lies.rewrite(
        audit_lies.owner_without_its_charge(audit_scenes.known_cloud()),
        'h0', audit_lies.VF_A, charge=0, charged=A.uuid)
    assert comparing.compare(books) == ()


def test_the_port_of_an_instance_knows_its_device_too():
    books = audit_lies.freed_under_its_port(audit_scenes.known_cloud())
    books = audit_scenes.without(books, ['machines'])
    found = only(books)
    assert (found.kind, found.device, found.text) == (
        Kind.FREE_ROW_IN_USE, audit_lies.PORT_VF_A,
        f'the row is available, and {A.uuid} has the device by its port')


def test_placement_knows_the_only_device_of_a_provider():
    books = audit_lies.freed_under_its_server(audit_scenes.known_cloud())
    found = only(audit_scenes.without(books, ['machines', 'ports']))
    assert found.text == (
        f'the row is available, and {A.uuid} has the device by Placement')


def test_an_instance_lacks_a_device_of_which_no_other_book_knows():
    books = audit_lies.freed_under_its_server(audit_scenes.known_cloud())
    found = comparing.compare(
        audit_scenes.without(books, ['machines', 'ports', 'providers']))
    assert [(each.kind, each.instance) for each in found] == [
        (Kind.REQUESTS_WITHOUT_ROWS, A.uuid)]


def test_what_an_owner_takes_is_not_asked_while_it_is_moved():
    books = audit_lies.owner_without_its_charge(audit_scenes.known_cloud())
    assert comparing.compare(audit_lies.change(
        books, 'instances', lambda each: each.uuid == A.uuid,
        task_state='resize_prep')) == ()


def test_a_flavor_that_cannot_be_read_says_nothing_of_charges():
    assert comparing.compare(audit_lies.taking(
        audit_scenes.known_cloud(), None)) == ()
