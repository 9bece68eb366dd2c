# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.kinds import MEANINGS
from nova_pci_ext.model.claim import ClaimState
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A
from tests.audit_scenes import B


def planned(books):
    return planning.plan(books, comparing.compare(books))


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
     f'status allocated -> available; instance_uuid {audit_lies.STRANGER} '
     '-> none; request_id r -> none'),
    (audit_lies.owned_by_nobody, 'status allocated -> available'),
    (audit_lies.vf_set_aside_for_nobody,
     'status unavailable -> available'),
    (audit_lies.row_that_is_removed_and_there,
     'status removed -> deleted; deleted 0 -> {row}'),
    (audit_lies.row_of_a_node_that_is_deleted,
     'status available -> deleted; deleted 0 -> {row}'),
])
def test_a_row_becomes_free_or_goes(tell, words):
    fix = only(tell(cloud()))
    assert fixes.words(fix) == (
        f'row {fix.seen.id} ({fix.seen.address}): {words}'.format(
            row=fix.seen.id))


GPU_CLASS = 'CUSTOM_PCI_10DE_20B0'
VF_CLASS = 'CUSTOM_PCI_15B3_1018'


@pytest.mark.parametrize(('tell', 'consumer', 'seen', 'units'), [
    (audit_lies.one_vf_more_than_it_owns, A.uuid, ((VF_CLASS, 2),),
     ((VF_CLASS, 1),)),
    (audit_lies.owned_and_not_allocated, A.uuid, (), ((GPU_CLASS, 1),)),
    (audit_lies.allocated_to_a_stranger, audit_lies.STRANGER,
     ((GPU_CLASS, 1),), ()),
])
def test_a_consumer_has_what_it_owns(tell, consumer, seen, units):
    fix = only(tell(cloud()))
    assert (fix.consumer, fix.seen, fix.units) == (consumer, seen, units)


def test_a_port_names_the_row_or_nothing():
    books = audit_lies.port_that_names_another_device(cloud())
    fix = only(books)
    assert fix.row == audit_lies.row_at(cloud(), 'h0', audit_lies.PORT_VF_A)
    assert fix.seen in books.ports
    books = audit_lies.port_of_nobody_with_a_device(cloud())
    fix = only(books)
    assert (fix.row, fix.seen) == (None, books.ports[-1])


def test_a_guest_keeps_what_it_has_in_placement():
    books = audit_lies.surplus_on_the_host_that_a_server_left(cloud())
    assert planned(books).refused == ()
    books = audit_lies.machine(books, 'h1', guests=(
        *next(each for each in books.machines if each.host == 'h1').guests,
        type(books.machines[0].guests[0])(
            uuid=A.uuid, name='left', running=False,
            hostdevs=(audit_lies.FREE_GPU,))))
    assert (Kind.ALLOCATED_NOT_OWNED,
            f'guest left has {audit_lies.FREE_GPU}, which it does not own'
            ) in {
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


# What could not be read carries no repair.

@pytest.mark.parametrize('tell', [
    audit_lies.owned_by_a_stranger, audit_lies.allocated_to_a_stranger,
    audit_lies.provider_of_no_device,
    audit_lies.port_of_nobody_with_a_device])
def test_nothing_is_repaired_by_books_that_are_not_whole(tell):
    books = dataclasses.replace(tell(cloud()), unread=('Neutron: no answer',))
    assert refusal(books) == 'not all could be read: Neutron: no answer'


# Two classes of one provider, which Nova does not make.

def two_classes(books, owned, *used):
    """Give server A units of two classes of the provider of its VFs."""
    card = f'{audit_scenes.ALIAS}.0'
    found = audit_lies.provider_at(books, 'h0', card)
    others = tuple(each for each in found.allocations
                   if each.consumer != A.uuid)
    total = found.stocks[0].total
    books = audit_lies.restock(
        books, 'h0', card, stocks=tuple(
            Stock(resource_class=name, total=total if name in owned else 0)
            for name in ('CUSTOM_B', *owned)),
        allocations=(*others, *(Allocation(
            consumer=A.uuid, resource_class=name, used=number)
            for name, number in used)))
    return only_of(books, Kind.ALLOCATED_NOT_OWNED)


def only_of(books, kind):
    plan = planned(books)
    return [*(step.fix for step in plan.steps if step.finding.kind is kind),
            *(why for found, why in plan.refused if found.kind is kind)]


def test_the_class_of_the_device_stays_and_the_other_goes():
    (fix,) = two_classes(cloud(), [VF_CLASS], ('CUSTOM_B', 2), (VF_CLASS, 1))
    assert (fix.seen, fix.units) == (
        (('CUSTOM_B', 2), (VF_CLASS, 1)), ((VF_CLASS, 1),))


def test_a_class_that_no_book_knows_is_left_to_a_person():
    assert two_classes(cloud(), ['CUSTOM_A'], ('CUSTOM_B', 2),
                       ('CUSTOM_A', 1)) == [
        f'h0.example_{audit_scenes.ALIAS.upper()}.0 has CUSTOM_B and '
        'CUSTOM_A, and no book says which of them the owned devices are; '
        'correct the allocation with openstack resource provider allocation '
        'set']


def test_a_stranger_loses_all_classes():
    books = cloud()
    card = f'{audit_scenes.ALIAS}.0'
    found = audit_lies.provider_at(books, 'h0', card)
    books = audit_lies.restock(books, 'h0', card, allocations=(
        *found.allocations, *(Allocation(
            consumer=audit_lies.STRANGER, resource_class=name, used=1)
            for name in ('CUSTOM_B', VF_CLASS))))
    fixes_ = only_of(books, Kind.ORPHANED_ALLOCATION)
    assert {(fix.seen, fix.units) for fix in fixes_} == {
        ((('CUSTOM_B', 1), (VF_CLASS, 1)), ())}


def test_a_provider_with_a_reservation_stays():
    books = audit_lies.provider_of_no_device(cloud())
    found = audit_lies.provider_at(books, 'h0', '0000:99:00.0')
    books = audit_lies.restock(
        books, 'h0', '0000:99:00.0', stocks=(dataclasses.replace(
            found.stocks[0], reserved=1),))
    assert refusal(books) == (
        'something of it is reserved; openstack resource provider delete '
        f'{found.uuid}, once it is not needed')


# Allocations need the proof of rows.

def test_no_allocation_goes_where_the_guests_were_not_listed():
    books = audit_scenes.without(
        audit_lies.allocated_to_a_stranger(cloud()), ['machines'])
    assert refusal(books) == (
        'the guests of h0 were not listed; run nova-pci audit --host h0 '
        '--repair there')


def test_no_allocation_goes_whose_guest_runs():
    books = audit_lies.allocated_to_a_stranger(cloud())
    books = audit_lies.machine(books, 'h0', guests=(
        *audit_lies.machine_of(books, 'h0').guests,
        Guest(uuid=audit_lies.STRANGER, name='left', running=True)))
    assert refusal(books) == f'guest left of {audit_lies.STRANGER} runs'


def test_an_allocation_may_keep_what_an_older_node_has():
    """Its row is of a node that is deleted, and a guest has the device."""
    books = audit_lies.allocated_to_a_stranger(cloud())
    books = audit_lies.add(books, 'nodes', Node(
        id=77, host='h0', name='old', uuid='o', deleted=True))
    books = audit_lies.add(books, 'rows', Row(
        id=7700, node_id=77, address='0000:07:00.0', dev_type='type-PCI',
        vendor_id='a', product_id='b', status='available',
        provider=audit_lies.provider_at(
            books, 'h0', audit_lies.FREE_GPU).uuid))
    books = audit_lies.machine(books, 'h0', guests=(
        *audit_lies.machine_of(books, 'h0').guests, Guest(
            uuid='u', name='by-hand', running=True,
            hostdevs=('0000:07:00.0',))))
    assert only_of(books, Kind.ORPHANED_ALLOCATION) == [
        'guest by-hand has 0000:07:00.0, which it does not own']


def test_an_allocation_is_added_wherever_it_is():
    """That takes nothing from anybody."""
    books = audit_scenes.without(
        audit_lies.owned_and_not_allocated(cloud()), ['machines'])
    assert only(books).units == ((GPU_CLASS, 1),)


# Ports.

def test_a_port_keeps_what_a_guest_has():
    books = audit_lies.guest_with_a_free_device(cloud())
    books = audit_lies.add(books, 'ports', Port(
        id='p', host='h0', slot=audit_lies.FREE_VF))
    assert (Kind.PROFILE_LEFT,
            f'guest instance-{A.uuid[:8]} has {audit_lies.FREE_VF}') in {
        (found.kind, why) for found, why in planned(books).refused}


def test_a_port_keeps_what_is_owned_for_it():
    """Somebody took the server's name from its port."""
    books = audit_lies.guests(
        audit_lies._port(cloud(), A, instance=''), 'h0', A,
        hostdevs=lambda each: (), running=lambda each: False)
    assert (Kind.PROFILE_LEFT,
            f'{A.uuid} owns {audit_lies.PORT_VF_A} for it') in {
        (found.kind, why) for found, why in planned(books).refused}


def test_a_port_does_not_follow_to_the_device_of_another_guest():
    books = audit_lies.guests(
        audit_lies.port_that_names_another_device(cloud()), 'h0', B,
        parts=lambda each: (audit_lies.PORT_VF_A,))
    assert (Kind.PORT_OTHER_DEVICE,
            f'guest instance-{B.uuid[:8]} has {audit_lies.PORT_VF_A}') in {
        (found.kind, why) for found, why in planned(books).refused}


# Rows of nodes that are gone.

@pytest.mark.parametrize(('changes', 'why'), [
    ({'owner': A.uuid}, f'instance {A.uuid} owns the device'),
    ({'owner': audit_lies.STRANGER}, 'old has no compute node, so its guests '
                                     'cannot be listed'),
    ({'status': 'unavailable'}, 'old has no compute node, so its guests '
                                'cannot be listed')])
def test_a_row_that_may_keep_a_device_stays(changes, why):
    books = audit_lies.row_of_a_node_that_is_deleted(cloud())
    books = audit_lies.change(
        books, 'rows', lambda each: each.id == 9900,
        **{'status': 'allocated', **changes})
    assert refusal(books) == why


def test_a_row_comes_with_all_that_says_whether_it_is_free():
    fix = only(audit_lies.pf_set_aside_for_nobody(cloud()))
    vfs = [each for each in cloud().rows
           if each.parent == audit_lies.PF_A and each.node_id == 2]
    assert fix.family == tuple(each.address for each in vfs)
    assert fix.relatives == tuple(vfs)


def test_plans_of_many_rows_look_at_each_once():
    """16,000 rows of strangers: a plan does not search for each row."""
    number, rows, seen = 16000, [], []

    class Rows(tuple):
        def __iter__(self):
            seen.append(1)
            return super().__iter__()
    rows = Rows(Row(
        id=each, node_id=1, dev_type='type-PCI', vendor_id='a',
        product_id='b', status='allocated', owner='gone',
        address=f'{each >> 16:04x}:{each >> 8 & 255:02x}:'
                f'{each >> 3 & 31:02x}.{each & 7}')
        for each in range(number))
    books = Books(rows=rows, machines=(Machine(
        host='h', devices=(), guests=()),), nodes=(
        Node(id=1, host='h', name='h', uuid='u'),))
    found = [Finding(kind=Kind.OWNER_NOT_THERE, host='h', row=each.id)
             for each in tuple(rows)]
    seen.clear()
    assert len(planning.plan(books, found).steps) == number
    assert len(seen) < 9
