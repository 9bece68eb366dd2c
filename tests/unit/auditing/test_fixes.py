# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.kinds import MEANINGS
from nova_pci_ext.model.claim import ClaimState
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A


def planned(books):
    return fixes.plan(books, comparing.compare(books))


def only(books):
    (step,) = planned(books).steps
    return step.fix


def refusal(books):
    plan = planned(books)
    ((_, why),) = plan.refused
    assert plan.steps == ()
    return why


def cloud():
    return audit_scenes.known_cloud()


def test_what_is_repaired_is_what_the_table_says():
    said = set()
    for _, tell, _ in audit_lies.LIES:
        plan = planned(tell(cloud()))
        said |= {step.finding.kind for step in plan.steps}
        said |= {found.kind for found, _ in plan.refused}
    assert said == {kind for kind, meaning in MEANINGS.items()
                    if meaning.repaired}


@pytest.mark.parametrize(('tell', 'words'), [
    (audit_lies.owned_by_a_stranger,
     f'allocated of {audit_lies.STRANGER} -> available'),
    (audit_lies.owned_by_nobody, 'allocated of nobody -> available'),
    (audit_lies.vf_set_aside_for_nobody,
     'unavailable of nobody -> available'),
    (audit_lies.row_that_is_removed_and_there,
     'removed of nobody -> deleted'),
    (audit_lies.row_of_a_node_that_is_deleted,
     'available of nobody -> deleted'),
])
def test_a_row_becomes_free_or_goes(tell, words):
    fix = only(tell(cloud()))
    assert fixes.words(fix) == f'row {fix.row}: {words}'


def test_a_consumer_has_what_it_owns():
    fix = only(audit_lies.one_vf_more_than_it_owns(cloud()))
    assert (fix.consumer, fix.seen, fix.units) == (A.uuid, 2, 1)
    fix = only(audit_lies.owned_and_not_allocated(cloud()))
    assert (fix.consumer, fix.seen, fix.units) == (A.uuid, 0, 1)
    fix = only(audit_lies.allocated_to_a_stranger(cloud()))
    assert (fix.consumer, fix.seen, fix.units) == (audit_lies.STRANGER, 1, 0)
    assert fixes.words(fix) == (
        f'allocation of {audit_lies.STRANGER}: 1 -> 0 CUSTOM_PCI_10DE_20B0 '
        f'of provider {fix.provider}')


def test_a_port_names_the_row_or_nothing():
    fix = only(audit_lies.port_that_names_another_device(cloud()))
    row = audit_lies.row_at(cloud(), 'h0', audit_lies.PORT_VF_A)
    assert (fix.row, fix.seen_slot) == (row.id, audit_lies.FREE_PORT_VF)
    fix = only(audit_lies.port_of_nobody_with_a_device(cloud()))
    assert fixes.words(fix) == (
        f'profile of port {audit_lies.STRANGER}: no device in the place of '
        f'{audit_lies.FREE_PORT_VF}')


# What a guest may have stays.

def test_no_row_becomes_free_where_the_guests_were_not_listed():
    books = audit_scenes.without(
        audit_lies.owned_by_a_stranger(cloud()), ['machines'])
    assert refusal(books) == (
        'the guests of h0 were not listed; run nova-pci audit --host h0 '
        '--repair there')


def test_no_row_becomes_free_whose_device_a_guest_has():
    assert refusal(audit_lies.taken_over_by_a_stranger(cloud())) == (
        f'guest instance-{A.uuid[:8]} has {audit_lies.GPU_A}')


def test_no_pf_becomes_free_whose_vf_a_guest_has():
    books = audit_lies.rewrite(cloud(), 'h0', audit_lies.PF_A,
                               status='allocated', owner=audit_lies.STRANGER)
    assert refusal(books) == (
        f'guest instance-{A.uuid[:8]} has {audit_lies.PORT_VF_A}')


def test_no_device_is_taken_that_an_instance_may_lack():
    books = audit_lies.guests(
        audit_lies.taken_over_by_a_stranger(cloud()), 'h0', A,
        hostdevs=lambda each: tuple(
            address for address in each.hostdevs
            if address != audit_lies.GPU_A))
    assert refusal(books) == (
        f'instance {A.uuid} lacks a device, which may be this one')


def test_a_guest_keeps_what_it_has_in_placement():
    books = audit_lies.surplus_on_the_host_that_a_server_left(cloud())
    assert planned(books).refused == ()
    books = audit_lies.machine(books, 'h1', guests=(
        *next(each for each in books.machines if each.host == 'h1').guests,
        type(books.machines[0].guests[0])(
            uuid=A.uuid, name='left', running=False,
            hostdevs=(audit_lies.FREE_GPU,))))
    assert (Kind.ALLOCATED_NOT_OWNED,
            f'its guest has {audit_lies.FREE_GPU}') in {
        (found.kind, why) for found, why in planned(books).refused}


def test_a_provider_with_consumers_stays():
    books = audit_lies.provider_of_no_device(cloud())
    provider = audit_lies.provider_at(books, 'h0', '0000:99:00.0')
    books = audit_lies.restock(
        books, 'h0', '0000:99:00.0',
        allocations=audit_lies.allocate(provider, A.uuid))
    assert refusal(books) == f'{A.uuid} has something of it'


def test_no_more_is_allocated_than_there_is():
    books = audit_lies.owned_and_not_allocated(cloud())
    found = audit_lies.provider_at(books, 'h0', audit_lies.GPU_A)
    stock = found.stocks[0]
    books = audit_lies.restock(
        books, 'h0', audit_lies.GPU_A, stocks=(type(stock)(
            resource_class=stock.resource_class, total=1, reserved=1),))
    assert [why for _, why in planned(books).refused] == [
        'h0.example_0000:41:00.0 has no room for it']


def test_rows_are_first():
    books = audit_lies.allocated_to_a_stranger(cloud())
    books = audit_lies.rewrite(books, 'h1', audit_lies.FREE_VF,
                               status='claimed')
    assert [step.finding.kind for step in planned(books).steps] == [
        Kind.STATUS_AND_OWNER, Kind.ORPHANED_ALLOCATION]
    assert planned(books).steps[0].fix.status is ClaimState.AVAILABLE
