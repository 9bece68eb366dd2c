# SPDX-License-Identifier: Apache-2.0

"""Hosts whose devices are given other addresses, against what is true.

A host is drawn twice: cards with or without serial number, MAC address and
slot, with serial numbers that several share, with VFs; between the two all
is permuted, cards come and go, and facts cannot be read for a while.  The
test knows which card is where; the code sees what a report says.
"""

import dataclasses
import os

import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from nova_pci_ext.handing_out import re_addressing
from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.identity import Identity

pytestmark = pytest.mark.property

#: NOVA_PCI_EXT_IDENTITY_RUNS=20000 for the long form.
RUNS = int(os.environ.get('NOVA_PCI_EXT_IDENTITY_RUNS', '400'))


@dataclasses.dataclass(frozen=True)
class Card:
    """What is true of a card.

    :ivar number: no two cards have the same
    :ivar vfs: None for a card without SR-IOV
    """

    number: int
    product: str
    serial: str | None
    mac: str | None
    slot: str | None
    vfs: int | None

    @property
    def parts(self):
        return range(1 if self.vfs is None else self.vfs + 1)

    @property
    def is_known(self):
        """Whether it has what no other card can have."""
        return bool(self.mac or (self.serial and self.serial != 'CLONE-1'))


@st.composite
def cards(draw, number):
    return Card(
        number=number, product=draw(st.sampled_from(['1572', '1db6'])),
        # A clone that comes for another one is the same to everybody.
        serial=draw(st.sampled_from([None, f'MT{number}X', *(
            ['CLONE-1'] if number < 5 else [])])),
        mac=draw(st.sampled_from([None, f'3c:fd:fe:00:00:0{number}'])),
        slot=draw(st.sampled_from([None, f'{number}/00.0'])),
        vfs=draw(st.sampled_from([None, None, 0, 2])))


def describe(card, bus, part, hidden=()):
    """Return address, identity and head of a part of a card on a bus."""
    head = str(PciAddress(0, bus, 0, 0))
    if card.vfs is None:
        kind = DeviceType.PCI
    else:
        kind = DeviceType.VF if part else DeviceType.PF
    address = str(PciAddress(0, bus, 2, part - 1)) if part else head
    shown = {name: None if name in hidden else getattr(card, name)
             for name in ('serial', 'mac', 'slot')}
    return address, Identity(
        vendor_id='8086', product_id=card.product, dev_type=kind.value,
        offset=0x10 + part - 1 if part else 0,
        index=part - 1 if part else None, **shown), head


@st.composite
def worlds(draw):
    """Draw a host before and after: bus to card, and what is hidden."""
    before = [draw(cards(number))
              for number in range(draw(st.integers(1, 5)))]
    buses = draw(st.permutations(range(0x20, 0x28)))
    old = dict(zip(buses, before, strict=False))
    staying = [card for card in before if draw(st.integers(0, 5))]
    new = [draw(cards(number)) for number in range(
        5, 5 + draw(st.integers(0, 2)))]
    # A card that nothing tells but its slot is not put into another one.
    slots = draw(st.permutations(
        [card.slot for card in staying if card.is_known]))
    after = []
    for card in staying:
        if card.is_known:
            card = dataclasses.replace(card, slot=slots[0])
            slots = slots[1:]
        after.append(card)
    now = draw(st.one_of(st.just(buses), st.permutations(buses)))
    # One that is gone leaves its bus to nobody, or to the next one.
    if draw(st.booleans()):
        kept = {card.number: bus for bus, card in old.items()}
        moved = draw(st.sets(st.sampled_from(sorted(kept))))
        free = [bus for bus in now
                if bus not in {kept[each.number] for each in after
                               if each.number not in moved}]
        placed = {}
        for card in [*after, *new]:
            if card.number in kept and card.number not in moved:
                placed[kept[card.number]] = card
            else:
                placed[free.pop(0)] = card
    else:
        placed = dict(zip(now, [*after, *new], strict=False))
    hidden = {card.number: draw(st.sets(st.sampled_from(
        ['serial', 'mac']), max_size=2)) if not draw(st.integers(0, 3))
        else () for card in [*before, *new]}
    return old, placed, hidden


def read_rows(old, owned):
    known, truth = {}, {}
    for bus, card in old.items():
        for part in card.parts:
            address, identity, head = describe(card, bus, part)
            truth[address] = card.number, part
            known[address] = re_addressing.Known(
                identity=identity, head=head, is_owned=address in owned)
    return known, truth


def read_present(placed, hidden):
    present, truth = {}, {}
    for bus, card in placed.items():
        for part in card.parts:
            address, identity, head = describe(
                card, bus, part, hidden[card.number])
            truth[address] = card.number, part
            present[address] = re_addressing.Present(
                identity=identity, head=head)
    return present, truth


def choose(data, old):
    """Choose what is owned: of a family the PF or some of its VFs."""
    owned = set()
    for bus, card in old.items():
        addresses = [describe(card, bus, part)[0] for part in card.parts]
        if data.draw(st.booleans()):
            owned.update(addresses[:1] if len(addresses) == 1
                         or data.draw(st.booleans()) else
                         data.draw(st.sets(st.sampled_from(addresses[1:]))))
    return owned


def place(outcome, address):
    """Where the row of an owner is after a report."""
    return (outcome.moves | outcome.waiting).get(address, address)


def is_told(known, present, before, now):
    """Whether facts that both sides have, and one card, tell two devices.

    Stated anew: no fact of one card or the other is a clone's.
    """
    def telling(identity):
        return {('serial', identity.serial)
                if identity.serial not in (None, 'CLONE-1') else None,
                ('mac', identity.mac) if identity.mac else None} - {None}
    return bool(telling(known[before].identity)
                & telling(present[now].identity))


@settings(max_examples=RUNS, deadline=None,
          suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_owner_gets_the_device_of_another(data):
    old, placed, hidden = data.draw(worlds())
    owned = choose(data, old)
    known, was = read_rows(old, owned)
    present, there = read_present(placed, hidden)
    outcome = re_addressing.settle(known, present)
    assert len(set(outcome.moves.values())) == len(outcome.moves)
    now_at = {device: address for address, device in there.items()}
    final = {place(outcome, address): was[address] for address in owned}
    assert len(final) == len(owned)
    is_seen = any(now_at.get(device, address) != address
                  and is_told(known, present, address, now_at[device])
                  for address, device in was.items())
    for before, now in outcome.moves.items():
        assert before in owned
        assert there[now] == was[before]
        assert now not in outcome.held
    for address, device in final.items():
        row = next(old for old in owned if place(outcome, old) == address)
        if address in outcome.held or address not in there:
            continue
        if there[address] == device:
            continue
        # An owner was left with another device: nothing can have told, and
        # nothing that is seen to have moved gave reason to doubt.
        told = same_device.same_card(known[row].identity,
                                     present[address].identity)
        alike = same_device.is_alike(known[row].identity,
                                     present[address].identity)
        assert not alike or told is not False or _is_clone(known[row])
        if alike and is_seen:
            # Whoever puts in a card of the same kind, which tells nothing.
            assert there[address][0] >= 5
    # What is somebody's is nobody else's, if it can be told.
    for row in owned:
        address = now_at.get(was[row])
        if address is None or final.get(address) == was[row]:
            continue
        if is_told(known, present, row, address):
            assert address in outcome.held or address in final
            now = place(outcome, row)
            assert now in outcome.held or now not in there


def _is_clone(row):
    return row.identity.serial == 'CLONE-1'


@settings(max_examples=RUNS, deadline=None)
@given(st.data())
def test_what_is_there_follows_whoever_is_missing(data):
    """Cards with numbers of their own; some go, the others change places."""
    count = data.draw(st.integers(1, 6))
    found = [Card(number=number, product='1572', serial=f'MT{number}X',
                  mac=None, slot=None, vfs=None) for number in range(count)]
    buses = range(0x20, 0x20 + count + data.draw(st.integers(0, 2)))
    old = dict(zip(data.draw(st.permutations(buses)), found, strict=False))
    stay = [card for card in found if data.draw(st.booleans())]
    after = dict(zip(data.draw(st.permutations(buses)), stay, strict=False))
    owned = choose(data, old)
    known, was = read_rows(old, owned)
    present, there = read_present(after, dict.fromkeys(range(count), ()))
    now_at = {device: address for address, device in there.items()}
    outcome = re_addressing.settle(known, present)
    for address in owned:
        now = now_at.get(was[address])
        if now is None:
            now = place(outcome, address)
            assert now not in there or now in outcome.held
        else:
            assert place(outcome, address) == now
            assert now not in outcome.held


@settings(max_examples=RUNS, deadline=None)
@given(st.data())
def test_all_buses_moved_and_all_is_told(data):
    """Where every card has a number of its own all owners follow."""
    count = data.draw(st.integers(1, 6))
    found = [Card(number=number, product='1572', serial=f'MT{number}X',
                  mac=None, slot=None,
                  vfs=data.draw(st.sampled_from([None, 0, 2])))
             for number in range(count)]
    buses = data.draw(st.permutations(range(0x20, 0x20 + count)))
    others = data.draw(st.permutations(
        range(0x20, 0x20 + count + data.draw(st.integers(0, 2)))))
    old = dict(zip(buses, found, strict=True))
    owned = choose(data, old)
    known, was = read_rows(old, owned)
    present, there = read_present(dict(zip(others, found, strict=False)),
                                  dict.fromkeys(range(count), ()))
    now_at = {device: address for address, device in there.items()}
    outcome = re_addressing.settle(known, present)
    assert outcome.held == {}
    assert outcome.moves == {
        address: now_at[was[address]] for address in owned
        if now_at[was[address]] != address}
    types = {address: known[address].identity.dev_type for address in owned}
    assert all(types[row] not in CHILD_TYPES or present[now].head != now
               for row, now in outcome.moves.items())
