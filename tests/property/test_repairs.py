# SPDX-License-Identifier: Apache-2.0

"""No repair takes what a guest has, in worlds whose books are at odds.

The books of a host are random: rows, devices, guests and allocations do not
fit each other.  What the guests have in truth is more than what is listed of
them, unless they say that they are complete; a guest that is not listed at
all has something too.  Which devices exclude each other is worked out here
anew, from every row and every report.
"""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.fixes import AllocationFix
from nova_pci_ext.auditing.fixes import RowFix
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.model.claim import OWNED

pytestmark = pytest.mark.property

PFS = ('0000:0a:00.0', '0000:0b:00.0')
ADDRESSES = (*PFS, '0000:0a:00.1', '0000:0a:00.2', '0000:0b:00.1')
UUIDS = ('one', 'two', 'gone')
CARD = 'card'
OF_ROWS = (Kind.ROW_OF_DELETED_NODE, Kind.REMOVED_ROW, Kind.STATUS_AND_OWNER,
           Kind.OWNER_NOT_THERE, Kind.OWNER_ELSEWHERE,
           Kind.SET_ASIDE_FOR_NOBODY)
OF_ALLOCATIONS = (Kind.ORPHANED_ALLOCATION, Kind.ENDED_MOVE_ALLOCATION,
                  Kind.ALLOCATED_NOT_OWNED)

addresses = st.sampled_from(ADDRESSES)
# What a book says of the PF of a device, which may be wrong.
parents = st.sampled_from([None, None, *PFS])


@dataclasses.dataclass(frozen=True)
class World:
    """Books, and what is so.

    :ivar has: the devices that each guest has in truth, by its UUID
    """

    books: Books
    has: tuple[tuple[str, frozenset[str]], ...]


@st.composite
def rows(draw, number, address):
    parent = draw(parents)
    return Row(
        id=number, node_id=draw(st.sampled_from([1, 1, 1, 2])),
        address=draw(st.sampled_from([address, address.upper()])),
        parent=parent, vendor_id='a', product_id='b',
        dev_type=draw(st.sampled_from(['type-PF', 'type-VF', 'type-PCI'])),
        status=draw(st.sampled_from(['available', 'claimed', 'allocated',
                                     'unavailable', 'removed'])),
        owner=draw(st.sampled_from([None, *UUIDS])), request_id='r',
        provider=draw(st.sampled_from([None, CARD])))


@st.composite
def devices(draw):
    return tuple(MachineDevice(
        address=address, parent=draw(parents), vendor_id='a',
        dev_type=draw(st.sampled_from(['type-PF', 'type-VF'])),
        product_id='b') for address in sorted(draw(st.sets(addresses))))


@st.composite
def guests(draw, uuid):
    """A guest as it is listed, and what it has in truth."""
    shown = draw(st.lists(addresses, max_size=2, unique=True))
    hidden = draw(st.sets(addresses, max_size=1))
    cut = draw(st.integers(0, len(shown)))
    guest = Guest(uuid=uuid, name=uuid, running=draw(st.booleans()),
                  hostdevs=tuple(shown[:cut]), complete=not hidden,
                  **{draw(st.sampled_from(['netdevs', 'parts'])):
                     tuple(shown[cut:])})
    return guest, (uuid, frozenset({*shown, *hidden}))


@st.composite
def worlds(draw):
    found = [draw(guests(uuid)) for uuid in sorted(draw(
        st.sets(st.sampled_from(UUIDS), max_size=2)))]
    listed = draw(st.sampled_from([True, True, True, False]))
    known = [draw(rows(number, address)) for number, address in enumerate(
        draw(st.lists(addresses, min_size=1, max_size=5)), 1)]
    return World(has=tuple(has for _, has in found), books=Books(
        nodes=(Node(id=1, host='h', name='h', uuid='n'),
               Node(id=2, host='h', name='old', uuid='o',
                    deleted=draw(st.booleans()))),
        rows=tuple(known), instances=tuple(Instance(
            uuid=uuid, host=draw(st.sampled_from(['h', 'other', None])),
            vm_state=draw(st.sampled_from(['active', 'error'])),
            requests=draw(st.sampled_from([
                None, (), (Request(request_id='r', count=1),)])))
            for uuid in UUIDS[:2]),
        providers=(Provider(
            uuid=CARD, name=f'h_{PFS[0]}', root='n', generation=1,
            stocks=(Stock(resource_class='A', total=9),),
            allocations=tuple(Allocation(
                consumer=uuid, resource_class='A', used=draw(
                    st.integers(1, 2))) for uuid in UUIDS)),),
        ports=(), machines=(Machine(
            host='h', devices=draw(devices()),
            guests=tuple(guest for guest, _ in found) if listed else None),)))


def family(books, address):
    """Return a device with what any book links it to."""
    links = [(each.address.lower(), each.parent) for book in (
        books.rows, books.machines[0].devices) for each in book
        if each.parent and each.dev_type != 'type-PCI']
    return {address.lower(), *(
        other for one, two in links if address.lower() in (one, two)
        for other in (one, two))}


def taken(world, fix):
    """Return what guests have of what a repair gives away."""
    books = world.books
    if isinstance(fix, RowFix):
        given = family(books, fix.seen.address)
        return {uuid for uuid, has in world.has if has & given}
    if not isinstance(fix, AllocationFix):
        return set()
    of_card = [row for row in books.rows if row.provider == fix.provider]
    given = set().union(*(family(books, address) for address in (
        PFS[0], *(row.address for row in of_card))))
    return {uuid for uuid, has in world.has for address in has & given
            if not any(row.address.lower() == address and row.owner == uuid
                       and row.status in OWNED for row in books.rows)}


def every_finding(books):
    """Yield what may be found and may not: a proof leans on itself."""
    for row in books.rows:
        for kind in OF_ROWS:
            yield Finding(kind=kind, host='h', row=row.id)
    for kind in OF_ALLOCATIONS:
        for uuid in UUIDS:
            yield Finding(kind=kind, host='h', instance=uuid, provider=CARD)


def frees(books, fix):
    """Whether a device is anybody's after a repair that was kept before."""
    row = fix.seen
    return (row.status not in ('available', 'removed')
            or row.owner is not None)


@settings(max_examples=250, deadline=None)
@given(worlds())
def test_no_repair_takes_what_a_guest_has(world):
    plan = planning.plan(world.books, every_finding(world.books))
    for step in plan.steps:
        fix = step.fix
        if isinstance(fix, AllocationFix):
            less = sum(number for _, number in fix.units) < sum(
                number for _, number in fix.seen)
            assert not less or not taken(world, fix), step
        elif frees(world.books, fix):
            assert not taken(world, fix), step


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_repairs_one_after_the_other_take_nothing_either(world):
    """Each repair changes what the next one is decided on."""
    for _ in range(20):
        found = comparing.compare(world.books)
        steps = [step for step in planning.plan(world.books, found).steps
                 if isinstance(step.fix, RowFix)]
        if not steps:
            return
        fix = steps[0].fix
        assert not (frees(world.books, fix) and taken(world, fix))
        new = () if fix.status == 'deleted' else (dataclasses.replace(
            fix.seen, status='available', owner=None, request_id=None),)
        world = dataclasses.replace(world, books=dataclasses.replace(
            world.books, rows=(*(row for row in world.books.rows
                                 if row != fix.seen), *new)))
    raise AssertionError('each repair brought the next one')
