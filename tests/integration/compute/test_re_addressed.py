# SPDX-License-Identifier: Apache-2.0

"""Owned devices that have other addresses in the next report.

Three cards with serial numbers, and a NIC with two VFs::

  0000:01:00.0 MT1   0000:02:00.0 MT2   0000:03:00.0 MT3
  PF 0000:81:00.0 MT8 - VF 0000:81:10.0, VF 0000:81:10.1
"""

import copy
import itertools
import json
import logging

import pytest
from oslo_db import exception as db_exc

from nova_pci_ext.compute import moving_rows
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import release_notes
from tests import device_rows
from tests import novas_own
from tests.device_rows import PCI
from tests.device_rows import VF

pytestmark = pytest.mark.nova

OWNERS = [f'00000000-0000-0000-0000-00000000000{number}'
          for number in range(1, 7)]
A, B, C, D = OWNERS[:4]


@pytest.fixture(autouse=True)
def rows():
    with device_rows.Rows().in_place() as rows:
        yield rows


def facts(serial=None, mac=None, slot=None):
    """Properties of a device with these facts."""
    return {'capabilities': {'vpd': {'card_serial_number': serial}}
            if serial else {},
            device_facts.FACTS: {'mac': mac, 'slot': slot}}


def card(bus, *given, **known):
    return device_rows.reported(f'0000:{bus}:00.0',
                                **facts(*given, **known))


def nic(bus, *given, vfs=2, **known):
    pf, *others = device_rows.family(bus, vfs)
    return [{**pf, **facts(*given, **known)}, *(
        {**each, device_facts.FACTS: {'index': number}}
        for number, each in enumerate(others))]


def cards(**places):
    """Cards by serial number: ``cards(MT1='01')``."""
    return [card(bus, serial) for serial, bus in places.items()]


def give(tracker, *owners, kind=PCI):
    """Give each owner a device; return the addresses by owner."""
    found = {}
    for number, owner in enumerate(owners):
        (found[owner],) = device_rows.claim(
            tracker, owner, **{OWNERS[5][:-1] + str(number): (1, kind)})
        tracker.allocate_instance(device_rows.guest(owner))
    device_rows.save(tracker)
    return found


def owners(tracker):
    """Return the address that each owner has."""
    return {dev.instance_uuid: dev.address for dev in tracker.pci_devs
            if dev.instance_uuid}


def restart(rows, host):
    """Start on a host, on the rows that are there, and save."""
    tracker = device_rows.start(host)
    device_rows.save(tracker)
    return tracker


def saved(rows):
    """Return the owners as the database has them."""
    return {row['instance_uuid']: address
            for address, row in rows.rows.items() if row['instance_uuid']}


FIRST = dict(MT1='01', MT2='02', MT3='03')


def test_a_clone_that_stays_is_not_the_card_that_went(rows):
    """Two cards have one serial number, and one of them is nobody's."""
    twins = {f'0000:{bus}:00.0': card(bus, 'MT1') for bus in ('01', '02')}
    tracker = device_rows.start([*twins.values()])
    had = give(tracker, A)
    tracker = restart(rows, [twins.pop(address) for address in [*twins]
                             if address != had[A]])
    assert owners(tracker) == had


def test_what_was_held_for_an_owner_is_offered_when_that_is_gone(rows):
    tracker = device_rows.start([card('01', None), card('02', None)])
    had = give(tracker, A)
    left = [card(bus, None) for bus in ('01', '02')
            if f'0000:{bus}:00.0' != had[A]]
    device_rows.sync(tracker, [*left, card('03', None)])
    assert '0000:03:00.0' not in device_rows.pooled(tracker)
    tracker.clean_usage([], [])
    device_rows.sync(tracker, [*left, card('03', None)])
    assert device_rows.pooled(tracker) == sorted(
        each['address'] for each in [*left, card('03', None)])


@pytest.mark.parametrize('after', [
    pytest.param(dict(MT1='02', MT2='01', MT3='03'), id='two are swapped'),
    pytest.param(dict(MT1='02', MT2='03', MT3='01'), id='a cycle of three'),
    pytest.param(dict(MT1='11', MT2='12', MT3='13'), id='all buses moved'),
    pytest.param(dict(MT1='02', MT2='03', MT3='04'), id='all moved by one'),
])
def test_rows_follow_their_cards(rows, after):
    tracker = device_rows.start(cards(**FIRST))
    had = give(tracker, A, B, C)
    serial = {f'0000:{bus}:00.0': name for name, bus in FIRST.items()}
    expected = {owner: f'0000:{after[serial[address]]}:00.0'
                for owner, address in had.items()}
    tracker = restart(rows, cards(**after))
    assert owners(tracker) == saved(rows) == expected
    assert {uuid: [dev.address for dev in held]
            for uuid, held in tracker.allocations.items()} == {
        uuid: [address] for uuid, address in expected.items()}
    assert device_rows.pooled(tracker) == []
    # And again: there is nothing to do.
    before = rows.writes
    restart(rows, cards(**after))
    assert rows.writes == before


def test_of_a_cycle_with_a_missing_card_the_others_follow(rows, caplog):
    tracker = device_rows.start(cards(**FIRST))
    had = give(tracker, A, B, C)
    by_address = {address: owner for owner, address in had.items()}
    one, two, three = (by_address[f'0000:0{bus}:00.0'] for bus in (1, 2, 3))
    # The first is where the second was, that where the third was: gone.
    after = [card('02', 'MT1'), card('03', 'MT2')]
    expected = {one: '0000:02:00.0', two: '0000:03:00.0',
                three: '0000:01:00.0'}
    with caplog.at_level(logging.WARNING):
        tracker = restart(rows, after)
        device_rows.sync(tracker, after)
    assert owners(tracker) == saved(rows) == expected
    assert device_rows.pooled(tracker) == []
    told = [record.getMessage() for record in caplog.records]
    assert [text for text in told if ' waits at ' in text] == [
        'Another device is at 0000:03:00.0 now, and the one that was there '
        'is not found. The row of its instance waits at 0000:01:00.0']
    assert [text for text in told if 'is held' in text] == [
        'Device 0000:01:00.0 is held: it is not certain that the same device '
        'is there. Nobody gets it, and no guest is started with it. nova-pci '
        'audit says what to do']
    # A card without a number may be it, wherever it comes.
    tracker = restart(rows, [*after, card('01'), card('04')])
    assert owners(tracker) == expected
    assert held(tracker) == ['0000:01:00.0', '0000:04:00.0']
    # It is back, in another slot.
    tracker = restart(rows, [*after, card('07', 'MT3')])
    assert owners(tracker) == saved(rows) == {
        **expected, three: '0000:07:00.0'}
    assert held(tracker) == []


@pytest.mark.parametrize('is_ours', [True, False])
def test_what_waits_is_known_by_its_own_number(rows, is_ours):
    """Nova keeps the number of the card that was where the row waits."""
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A, B)
    by_address = {address: owner for owner, address in had.items()}
    one, two = (by_address[f'0000:0{bus}:00.0'] for bus in (1, 2))
    if not is_ours:
        # As rows that Nova's own tracker has handed out.
        for row in rows.rows.values():
            extra = json.loads(row['extra_info'])
            extra.pop(device_facts.NOTE, None)
            extra.pop(device_facts.NOTED_FOR, None)
            row['extra_info'] = json.dumps(extra)
    tracker = restart(rows, cards(MT1='02'))
    assert owners(tracker) == {one: '0000:02:00.0', two: '0000:01:00.0'}
    for after in (dict(MT1='02', MT2='01'), dict(MT1='01', MT2='02')):
        tracker = restart(rows, cards(**after))
        assert owners(tracker) == {
            one: f'0000:{after["MT1"]}:00.0', two: f'0000:{after["MT2"]}:00.0'}
        assert held(tracker) == []


def test_the_owner_of_a_row_that_waits_goes(rows):
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A, B)
    (two,) = (owner for owner, address in had.items()
              if address == '0000:02:00.0')
    tracker = restart(rows, cards(MT1='02', MT9='01'))
    assert device_rows.pooled(tracker) == []
    tracker.free_instance(None, device_rows.guest(two))
    device_rows.sync(tracker, cards(MT1='02', MT9='01'))
    device_rows.save(tracker)
    assert device_rows.pooled(tracker) == ['0000:01:00.0']
    assert held(tracker) == []
    note = device_facts.read_note(json.loads(
        rows.rows['0000:01:00.0']['extra_info']))
    assert note == {'serial': 'MT9'}


@pytest.mark.parametrize('when', ['before', 'after'])
def test_killed_while_a_row_comes_to_wait(rows, when):
    tracker = device_rows.start(cards(**FIRST))
    had = give(tracker, A, B, C)
    there = {'0000:01:00.0': '0000:02:00.0', '0000:02:00.0': '0000:03:00.0',
             '0000:03:00.0': '0000:01:00.0'}
    after = cards(MT1='02', MT2='03')
    for _ in at_each_write(rows, when, lambda: restart(rows, after)):
        tracker = restart(rows, after)
        assert owners(tracker) == saved(rows) == {
            owner: there[address] for owner, address in had.items()}
        assert held(tracker) == ['0000:01:00.0']


@pytest.mark.parametrize('when', ['before', 'after'])
def test_what_tells_nothing_does_not_learn_what_comes_to_its_address(
        rows, when):
    tracker = device_rows.start([card('01', 'MT1'), card('02')])
    had = give(tracker, A, B)
    there = {'0000:01:00.0': '0000:02:00.0', '0000:02:00.0': '0000:01:00.0'}
    after = cards(MT1='02')
    for _ in at_each_write(rows, when, lambda: restart(rows, after)):
        tracker = restart(rows, after)
        assert owners(tracker) == saved(rows) == {
            owner: there[address] for owner, address in had.items()}
        assert held(tracker) == ['0000:01:00.0']


def test_a_card_in_the_place_of_another_goes_to_nobody(rows):
    tracker = device_rows.start(cards(MT1='01'))
    give(tracker, A)
    tracker = restart(rows, cards(MT9='01'))
    assert owners(tracker) == {A: '0000:01:00.0'}
    assert rows.rows['0000:01:00.0']['extra_info'].count(
        'another device is there now') == 1
    assert device_rows.pooled(tracker) == []
    tracker.free_instance(None, device_rows.guest(A))
    device_rows.sync(tracker, cards(MT9='01'))
    device_rows.save(tracker)
    assert device_rows.pooled(tracker) == ['0000:01:00.0']
    assert 'MT9' in rows.rows['0000:01:00.0']['extra_info']
    assert 'pci_ext_held' not in rows.rows['0000:01:00.0']['extra_info']


@pytest.mark.parametrize('serials', [
    ['00000000', '00000000'], ['N/A', 'N/A'], ['SAME-1', 'SAME-1'],
    [None, None]])
def test_what_tells_nothing_moves_nothing(rows, serials):
    """Two equal cards; a third, which can be told, shows that buses moved."""
    one, two = serials
    tracker = device_rows.start([card('01', one), card('02', two),
                                 card('09', 'MT9')])
    had = give(tracker, A, B, C)
    after = [card('02', one), card('01', two), card('0a', 'MT9')]
    tracker = restart(rows, after)
    (moved,) = (owner for owner, address in had.items()
                if address == '0000:09:00.0')
    assert owners(tracker) == {**had, moved: '0000:0a:00.0'}
    assert {dev.address for dev in tracker.pci_devs
            if device_facts.held(dev.extra_info)} == {
        '0000:01:00.0', '0000:02:00.0'}
    # It is known after a restart as well.
    tracker = restart(rows, after)
    assert {dev.address for dev in tracker.pci_devs
            if device_facts.held(dev.extra_info)} == {
        '0000:01:00.0', '0000:02:00.0'}


def test_without_serial_numbers_slots_tell(rows):
    tracker = device_rows.start([card('01', slot='1/00.0'),
                                 card('02', slot='2/00.0')])
    had = give(tracker, A, B)
    tracker = restart(rows, [card('02', slot='1/00.0'),
                             card('01', slot='2/00.0')])
    assert owners(tracker) == {
        A: had[B], B: had[A]}


def test_a_serial_number_that_cannot_be_read_is_not_another_one(rows):
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A, B)
    tracker = restart(rows, [card('01'), card('02')])
    assert owners(tracker) == had
    assert not any(device_facts.held(dev.extra_info)
                   for dev in tracker.pci_devs)
    # What was known is not forgotten for that.
    tracker = restart(rows, cards(MT1='02', MT2='01'))
    assert owners(tracker) == {A: had[B], B: had[A]}


@pytest.mark.parametrize('known', [dict(serial='MT8'), dict(
    mac='3c:fd:fe:00:00:08')])
def test_vfs_go_with_their_pf(rows, known):
    tracker = device_rows.start([*nic('81', **known),
                                 *nic('82', serial='MT9')])
    give(tracker, A, B, C, kind=VF)
    had = owners(tracker)
    bus = {'81': '82', '82': '83'}
    tracker = restart(rows, [*nic('82', **known), *nic('83', serial='MT9')])
    assert owners(tracker) == {
        owner: f'0000:{bus[address[5:7]]}{address[7:]}'
        for owner, address in had.items()}
    states = device_rows.states(tracker)
    assert states['0000:82:00.0'] == 'unavailable'
    assert all(dev.parent_addr == f'{dev.address[:7]}:00.0'
               for dev in tracker.pci_devs if dev.dev_type == VF)
    assert len(device_rows.pooled(tracker)) == 1


def test_rows_of_before_have_the_serial_number_that_nova_keeps(rows):
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A, B)
    for row in rows.rows.values():
        assert device_facts.NOTE in row['extra_info']
        row['extra_info'] = row['extra_info'].replace(
            device_facts.NOTE, 'something_else')
    tracker = restart(rows, cards(MT1='02', MT2='01'))
    assert owners(tracker) == {A: had[B], B: had[A]}


def test_novas_own_tracker_starts_on_such_rows(rows):
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A, B)
    plain = [{key: value for key, value in each.items()
              if key != device_facts.FACTS}
             for each in cards(MT1='01', MT2='02')]
    started = device_rows.start(plain, make=novas_tracker())
    assert owners(started) == had


def test_a_move_to_what_device_spec_does_not_name_is_held():
    spec = '{"vendor_id": "8086", "address": "0000:01:*.*"}'
    with device_rows.Rows().in_place(spec) as rows:
        tracker = device_rows.start(cards(MT1='01'))
        give(tracker, A)
        tracker = restart(rows, cards(MT1='02'))
        assert owners(tracker) == {A: '0000:01:00.0'}
        assert device_facts.held(tracker.pci_devs.objects[0].extra_info) == (
            'its device is at 0000:02:00.0 now, which device_spec does not '
            'name')


@pytest.mark.parametrize('after', [
    dict(MT1='02', MT2='01', MT3='03'), dict(MT1='02', MT2='03', MT3='04')])
@pytest.mark.parametrize('when', ['before', 'after'])
def test_nobody_loses_a_card_when_killed_between_two_writes(rows, after,
                                                            when):
    """The process dies at each write in turn, and starts again."""
    tracker = device_rows.start(cards(**FIRST))
    had = give(tracker, A, B, C)
    serial = {f'0000:{bus}:00.0': name for name, bus in FIRST.items()}
    expected = {owner: f'0000:{after[serial[address]]}:00.0'
                for owner, address in had.items()}
    kept = copy.deepcopy(rows.rows)
    for write in itertools.count():
        rows.rows = copy.deepcopy(kept)
        rows.fail(write, when)
        try:
            restart(rows, cards(**after))
            break
        except db_exc.DBError:
            pass
        rows.fix()
        tracker = restart(rows, cards(**after))
        assert owners(tracker) == saved(rows) == expected, write
        assert moving_rows.PLAN not in str(rows.rows)
    assert write > 3


def test_a_database_that_fails_hands_out_nobodys_card(rows):
    tracker = device_rows.start(cards(MT1='01'))
    give(tracker, A)
    rows.fail(0, 'before')
    tracker = device_rows.start()
    with pytest.raises(db_exc.DBError):
        device_rows.sync(tracker, cards(MT1='02'))
    assert owners(tracker) == {A: '0000:01:00.0'}
    assert device_rows.pooled(tracker) == []
    device_rows.sync(tracker, cards(MT1='02'))
    assert owners(tracker) == {A: '0000:02:00.0'}


def held(tracker):
    return sorted(dev.address for dev in tracker.pci_devs
                  if device_facts.held(dev.extra_info))


def at_each_write(rows, when, run):
    """Let each write fail in turn, from the rows that there are.

    :param run: does it all, and may raise
    :yields: the number of each write that failed
    """
    kept = copy.deepcopy(rows.rows)
    for write in itertools.count():
        rows.rows = copy.deepcopy(kept)
        rows.fail(write, when)
        try:
            run()
            break
        except db_exc.DBError:
            rows.fix()
            yield write
    assert write > 1


def test_what_may_be_an_owners_card_stays_held_in_later_reports(rows):
    """Two cards that nothing tells are at new addresses."""
    tracker = device_rows.start([card('01'), card('02')])
    had = give(tracker, A, B)
    after = [card('03'), card('04')]
    for _ in range(3):
        device_rows.sync(tracker, after)
        device_rows.save(tracker)
        assert device_rows.pooled(tracker) == []
    tracker = restart(rows, after)
    assert device_rows.pooled(tracker) == []
    # That their serial numbers can be read by now tells nothing of before.
    told = cards(MT1='03', MT2='04')
    for _ in range(2):
        device_rows.sync(tracker, told)
        assert device_rows.pooled(tracker) == []
    for owner in had:
        tracker.free_instance(None, device_rows.guest(owner))
    device_rows.sync(tracker, told)
    assert device_rows.pooled(tracker) == ['0000:03:00.0', '0000:04:00.0']


def test_another_product_at_the_address_is_held(rows):
    tracker = device_rows.start([card('01'), card('02')])
    had = give(tracker, A, B)
    other = {**card('01'), 'product_id': '0444'}
    tracker = restart(rows, [other, card('02')])
    assert owners(tracker) == had
    # Of one card alone it does not follow that the others have moved.
    assert held(tracker) == ['0000:01:00.0']


def test_a_card_that_is_given_another_product_stays(rows):
    tracker = device_rows.start([card('01', 'MT1')])
    give(tracker, A)
    tracker = restart(rows, [{**card('01', 'MT1'), 'product_id': '0444'}])
    assert held(tracker) == []


def test_products_that_changed_places_show_that_devices_moved(rows):
    other = {'product_id': '0444'}
    tracker = device_rows.start([card('01'), card('02'),
                                 {**card('03'), **other}])
    had = give(tracker, A, B)
    tracker = restart(rows, [{**card('01'), **other}, card('02'), card('03')])
    assert owners(tracker) == had
    assert device_rows.pooled(tracker) == []


def test_another_card_of_another_type_is_held(rows):
    tracker = device_rows.start([card('01', 'MT1')])
    give(tracker, A)
    tracker = restart(rows, [{**card('01', 'MT2'), 'dev_type': 'type-PF'}])
    assert held(tracker) == ['0000:01:00.0']


def test_what_is_held_is_so_after_it_was_not_there_for_once(rows):
    tracker = device_rows.start([card('01'), card('02'), card('09', 'MT9')])
    give(tracker, A, B, C)
    after = [card('01'), card('02'), card('0a', 'MT9')]
    tracker = restart(rows, after)
    assert held(tracker) == ['0000:01:00.0', '0000:02:00.0']
    device_rows.sync(tracker, after[2:])
    device_rows.save(tracker)
    tracker = restart(rows, after)
    assert held(tracker) == ['0000:01:00.0', '0000:02:00.0']


@pytest.mark.parametrize('when', ['before', 'after'])
def test_writes_that_fail_are_made_good_without_a_restart(rows, when):
    device_rows.start(cards(**FIRST))
    tracker = device_rows.start(cards(**FIRST))
    had = give(tracker, A, B, C)
    after = dict(MT1='02', MT2='01', MT3='04')
    serial = {f'0000:{bus}:00.0': name for name, bus in FIRST.items()}
    expected = {owner: f'0000:{after[serial[address]]}:00.0'
                for owner, address in had.items()}

    def run():
        nonlocal tracker
        tracker = device_rows.start()
        device_rows.sync(tracker, cards(**after))
        device_rows.save(tracker)

    for write in at_each_write(rows, when, run):
        device_rows.sync(tracker, cards(**after))
        device_rows.save(tracker)
        assert owners(tracker) == saved(rows) == expected, write
        assert {owner: [dev.address for dev in there] for owner, there
                in tracker.allocations.items()} == {
            owner: [address] for owner, address in expected.items()}, write
        for owner in had:
            tracker.free_instance(None, device_rows.guest(owner))
        device_rows.save(tracker)
        assert saved(rows) == {}
        assert device_rows.pooled(tracker) == sorted(expected.values()), write


@pytest.mark.parametrize('is_owned', [True, False])
@pytest.mark.parametrize('when', ['before', 'after'])
def test_what_shows_that_devices_moved_is_not_lost_when_killed(
        rows, when, is_owned):
    """Two owned cards that nothing tells; a third shows that buses moved."""
    first = [card('01'), card('02')]
    tracker = device_rows.start(first)
    give(tracker, A, B)
    device_rows.sync(tracker, [*first, card('09', 'MT9')])
    device_rows.save(tracker)
    if is_owned:
        give(tracker, C)
    after = [*first, card('0a', 'MT9')]
    for write in at_each_write(rows, when, lambda: restart(rows, after)):
        tracker = restart(rows, after)
        assert {'0000:01:00.0', '0000:02:00.0'} <= set(held(tracker)), write


def novas_tracker():
    """Return Nova's own class, whatever stands in its place."""
    return novas_own.module('nova.pci.manager').PciDevTracker


def hand_out_by_nova(host):
    """Give A a device with Nova's own tracker; return its address."""
    nova = device_rows.start([
        {key: value for key, value in each.items()
         if key != device_facts.FACTS} for each in host],
        make=novas_tracker())
    (dev,) = nova.claim_instance(None, device_rows.ask(A, r1=(1, PCI)), None)
    nova.allocate_instance(device_rows.guest(A))
    device_rows.save(nova)
    return dev.address


def test_what_nova_handed_out_meanwhile_is_what_nova_knows(rows):
    """Our package was removed, the cards swapped, one handed out."""
    restart(rows, cards(MT1='01', MT2='02'))
    swapped = cards(MT1='02', MT2='01')
    had = hand_out_by_nova(swapped)
    tracker = restart(rows, swapped)
    assert owners(tracker) == {A: had}
    assert held(tracker) == []
    # From now on it is known.
    (moved,) = {'0000:01:00.0', '0000:02:00.0'} - {had}
    tracker = restart(rows, cards(MT1='01', MT2='02'))
    assert owners(tracker) == {A: moved}


def test_what_nova_handed_out_and_cannot_know_is_held(rows):
    """Nova keeps no MAC address: when the cards moved nobody can say."""
    def host(one, two):
        return [card(one, mac='3c:fd:fe:00:00:01'),
                card(two, mac='3c:fd:fe:00:00:02')]

    restart(rows, host('01', '02'))
    had = hand_out_by_nova(host('02', '01'))
    tracker = restart(rows, host('02', '01'))
    assert owners(tracker) == {A: had}
    assert had in held(tracker)
    assert device_rows.pooled(tracker) == []


def test_a_serial_number_that_is_read_later_is_learned(rows):
    """Cards of which only the slot was known, before they are moved."""
    slots = {'01': '1/00.0', '02': '2/00.0'}
    tracker = device_rows.start([card(bus, slot=slots[bus])
                                 for bus in ('01', '02')])
    had = give(tracker, A, B)
    known = dict(zip(sorted(had.values()), ('MT1', 'MT2'), strict=True))
    device_rows.sync(tracker, [card(address[5:7], name, slot=slots[
        address[5:7]]) for address, name in known.items()])
    device_rows.save(tracker)
    tracker = restart(rows, [card('01', 'MT2', slot='2/00.0'),
                             card('02', 'MT1', slot='1/00.0')])
    assert owners(tracker) == {A: had[B], B: had[A]}


def test_a_free_row_is_not_of_a_card_that_is_elsewhere(rows):
    """Two free cards are swapped, then the one with a number is somebody's."""
    restart(rows, [card('01', 'MT1'), card('02')])
    tracker = restart(rows, [card('01'), card('02', 'MT1')])
    give(tracker, A, B)
    (one,) = (uuid for uuid, address in owners(tracker).items()
              if address == '0000:02:00.0')
    tracker = restart(rows, [card('01', 'MT1'), card('03')])
    assert owners(tracker)[one] == '0000:01:00.0'
    assert device_rows.pooled(tracker) == []
    tracker.free_instance(None, device_rows.guest(({A, B} - {one}).pop()))
    device_rows.save(tracker)
    tracker = restart(rows, [card('01', 'MT1'), card('03')])
    assert owners(tracker) == {one: '0000:01:00.0'}
    assert device_rows.pooled(tracker) == ['0000:03:00.0']


@pytest.mark.parametrize('of', [(A,), (A, B)], ids=['one', 'both'])
def test_rows_of_an_earlier_release_are_followed(rows, of):
    """It noted what a device is, and not for whom."""
    one, two = ({'mac': f'3c:fd:fe:00:00:0{number}'} for number in (1, 2))
    had = give(device_rows.start([card('01', **one), card('02', **two)]), *of)
    for row in rows.rows.values():
        extra = json.loads(row['extra_info'])
        assert device_facts.NOTE in extra
        row['extra_info'] = json.dumps({
            key: value for key, value in extra.items()
            if key != device_facts.NOTED_FOR})
    tracker = restart(rows, [card('01', **two), card('02', **one)])
    there = {'0000:01:00.0': '0000:02:00.0', '0000:02:00.0': '0000:01:00.0'}
    assert owners(tracker) == {owner: there[address]
                               for owner, address in had.items()}
    assert held(tracker) == []


@pytest.mark.parametrize('at_first', [0, 1])
def test_nobody_gets_a_card_whose_vfs_come_late(rows, at_first):
    """The buses moved, and the VFs are made after the first report."""
    tracker = device_rows.start(nic('81', 'MT8'))
    had = give(tracker, A, B, kind=VF)
    tracker = restart(rows, nic('83', 'MT8', vfs=at_first))
    assert device_rows.pooled(tracker) == []
    tracker = restart(rows, nic('83', 'MT8'))
    assert owners(tracker) == {owner: address.replace(':81:', ':83:')
                               for owner, address in had.items()}
    assert device_rows.pooled(tracker) == held(tracker) == []


def test_two_cards_that_swap_and_get_their_vfs_late(rows):
    tracker = device_rows.start(nic('81', 'MT8') + nic('82', 'MT9'))
    had = give(tracker, A, B, C, kind=VF)
    for vfs in (0, 2, 2):
        tracker = restart(rows, nic('82', 'MT8', vfs=vfs)
                          + nic('81', 'MT9', vfs=vfs))
    swapped = {'81': '82', '82': '81'}
    assert owners(tracker) == {
        owner: f'0000:{swapped[address[5:7]]}{address[7:]}'
        for owner, address in had.items()}
    assert held(tracker) == []


def test_how_a_device_was_goes_with_its_owner(rows):
    """What is noted of it before it was handed out, for its end."""
    tracker = device_rows.start(cards(MT1='01', MT2='02'))
    had = give(tracker, A)
    (row,) = [row for row in rows.rows.values() if row['instance_uuid']]
    row['extra_info'] = json.dumps({**json.loads(row['extra_info']),
                                    release_notes.BEFORE: '{"vfs": 8}'})
    tracker = restart(rows, cards(MT1='02', MT2='01'))
    assert {dev.instance_uuid: release_notes.BEFORE in dev.extra_info
            for dev in tracker.pci_devs} == {A: True, None: False}
    assert owners(tracker) != had
