# SPDX-License-Identifier: Apache-2.0

"""Budgets of PFs at the tracker: kept with rows, published, given back."""

import json
import logging
import threading

import pytest
from nova import exception
from nova import objects

from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import charges
from tests import device_rows
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME, OTHER, THIRD = (f'00000000-0000-0000-0000-00000000000{number}'
                    for number in (1, 2, 3))
PF_81, PF_82 = '0000:81:00.0', '0000:82:00.0'
HOST = [*device_rows.family('81', 4), *device_rows.family('82', 4)]
SPEC = json.dumps([
    {'vendor_id': '8086', 'product_id': '1520', 'bandwidth_mbps': '10000'},
    {'vendor_id': '8086', 'product_id': '1521'}])


@pytest.fixture
def rows():
    with device_rows.Rows().in_place(SPEC) as found:
        yield found


def claim(tracker, uuid, mbps, count=1, kind=VF):
    """Claim as a server whose flavor takes so much of each device's PF."""
    requests = objects.InstancePCIRequests(instance_uuid=uuid, requests=[
        objects.InstancePCIRequest(
            request_id=f'r{uuid[-1]}', alias_name='nic', count=count,
            spec=[{'vendor_id': '8086',
                   'product_id': device_rows.PRODUCTS[kind],
                   'dev_type': kind}])])
    sets = (DeviceSet(rule=SetRule.BANDWIDTH, attribute=str(mbps),
                      members=('nic',)),) if mbps else ()
    with asked_sets.asked(sets):
        return tracker.claim_instance(None, requests, None)


def left(tracker):
    """Return what is published of each PF, which all of its pools say."""
    found = {}
    for pool in tracker.stats.to_device_pools_obj():
        text = pool.tags.get('bandwidth_left_mbps')
        assert found.setdefault(pool.tags['address'], text) == text
    return found


def test_each_pf_has_a_budget_by_whichever_entry(rows):
    assert left(device_rows.start(HOST)) == {
        PF_81: '10000/10000', PF_82: '10000/10000'}


def test_a_claim_takes_of_one_pf_and_a_free_gives_it_back(rows):
    tracker = device_rows.start(HOST)
    before = device_rows.snapshot(tracker)
    taken, = claim(tracker, ME, 6000)
    assert left(tracker)[taken.parent_addr] == '4000/10000'
    assert charges.read(taken) == 6000
    # The other half of the budget is on the other PF.
    other, = claim(tracker, OTHER, 6000)
    assert other.parent_addr != taken.parent_addr
    with pytest.raises(exception.PciDeviceRequestFailed):
        claim(tracker, THIRD, 6000)
    assert len(claim(tracker, THIRD, 4000, 2)) == 2
    for uuid in (ME, OTHER, THIRD):
        tracker.free_instance(None, device_rows.guest(uuid))
    assert device_rows.snapshot(tracker) == before
    assert not any(charges.NOTE in dev.extra_info
                   for dev in tracker.pci_devs)


def test_after_a_restart_as_much_is_left(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 6000)
    tracker.allocate_instance(device_rows.guest(ME))
    device_rows.save(tracker)
    # Before the host has reported anything, and after it has.
    for host in (None, HOST):
        again = device_rows.start(host)
        assert left(again)[taken.parent_addr] == '4000/10000'
    again.free_instance(None, device_rows.guest(ME))
    assert set(left(again).values()) == {'10000/10000'}


def test_a_refused_claim_leaves_everything(rows):
    tracker = device_rows.start(HOST)
    claim(tracker, ME, 8000)
    before = device_rows.snapshot(tracker)
    with pytest.raises(exception.PciDeviceRequestFailed):
        claim(tracker, OTHER, 4000, 4)
    assert device_rows.snapshot(tracker) == before


def test_of_two_claims_at_once_one_gets_the_last_share(rows):
    tracker = device_rows.start(HOST)
    claim(tracker, THIRD, 6000, 2)
    got, refused = [], []
    start = threading.Barrier(2)

    def run(uuid):
        start.wait()
        try:
            got.extend(claim(tracker, uuid, 4000, 2))
        except exception.PciDeviceRequestFailed:
            refused.append(uuid)
    threads = [threading.Thread(target=run, args=(uuid,))
               for uuid in (ME, OTHER)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(got), len(refused)) == (2, 1)
    assert set(left(tracker).values()) == {'0/10000'}


def test_a_pf_takes_its_whole_budget(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 0, kind=PF)
    assert set(left(tracker)) == {PF_81, PF_82} - {taken.address}
    assert tracker._moves.budgets.left(
        tracker._moves.index, taken.address) == (0, 10000)
    tracker.free_instance(None, device_rows.guest(ME))
    assert left(tracker)[taken.address] == '10000/10000'


def test_who_takes_nothing_is_charged_nothing(rows):
    tracker = device_rows.start(HOST)
    claim(tracker, ME, 0, 3)
    assert set(left(tracker).values()) == {'10000/10000'}


def test_a_note_of_another_owner_is_not_counted(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 6000)
    device_rows.save(tracker)
    # As Nova's own tracker leaves a row that it frees and claims again.
    rows.rows[taken.address]['instance_uuid'] = OTHER
    assert left(device_rows.start(HOST))[taken.parent_addr] == '10000/10000'


def test_entries_that_differ_give_a_pf_no_budget(rows, caplog):
    spec = json.dumps([
        {'vendor_id': '8086', 'address': '0000:81:10.0',
         'bandwidth_mbps': '5000'}, *json.loads(SPEC)])
    with device_rows.Rows().in_place(spec):
        with caplog.at_level(logging.ERROR):
            tracker = device_rows.start(HOST)
            device_rows.sync(tracker, HOST)
        assert left(tracker) == {PF_81: None, PF_82: '10000/10000'}
        taken, = claim(tracker, ME, 6000)
        assert taken.parent_addr == PF_82
        with pytest.raises(exception.PciDeviceRequestFailed):
            claim(tracker, OTHER, 6000)
    assert [each.getMessage() for each in caplog.records
            if each.levelno >= logging.ERROR] == [
        f'entries of [pci] device_spec give the PF {PF_81} 5000 and 10000 as '
        'bandwidth_mbps, so it has no bandwidth budget']


def test_a_smaller_budget_than_is_taken_has_nothing_left(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 8000)
    device_rows.save(tracker)
    with device_rows.Rows.in_place(rows, SPEC.replace('10000', '5000')):
        again = device_rows.start(HOST)
        assert left(again)[taken.parent_addr] == '0/5000'


def test_new_vfs_of_a_pf_have_what_is_left_of_it(rows):
    tracker = device_rows.start(HOST[:2])
    taken, = claim(tracker, ME, 6000)
    device_rows.sync(tracker, HOST)
    assert left(tracker) == {PF_81: '4000/10000', PF_82: '10000/10000'}
    assert taken.parent_addr == PF_81


def test_what_an_owner_takes_counts_until_a_vf_that_is_gone_is_free(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 6000)
    tracker.allocate_instance(device_rows.guest(ME))
    without = [each for each in HOST if each['address'] != taken.address]
    device_rows.sync(tracker, without)
    assert left(tracker)[taken.parent_addr] == '4000/10000'
    device_rows.save(tracker)
    again = device_rows.start(without)
    assert left(again)[taken.parent_addr] == '4000/10000'
    again.free_instance(None, device_rows.guest(ME))
    assert set(left(again).values()) == {'10000/10000'}


def test_a_pf_whose_row_vanishes_keeps_the_budget_of_its_vfs(rows):
    spec = json.dumps({'vendor_id': '8086', 'bandwidth_mbps': '10000',
                       'address': '*:*:*.*'})
    with device_rows.Rows().in_place(spec):
        tracker = device_rows.start(HOST)
        taken, = claim(tracker, ME, 6000)
        vfs = [each for each in HOST if each['dev_type'] == VF]
        device_rows.sync(tracker, vfs)
        device_rows.save(tracker)
        for found in (tracker, device_rows.start(vfs)):
            assert left(found) == {
                **dict.fromkeys((PF_81, PF_82), '10000/10000'),
                taken.parent_addr: '4000/10000'}


def test_a_budget_that_comes_back_counts_what_was_taken_before(rows):
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 6000)
    device_rows.save(tracker)
    with device_rows.Rows.in_place(rows, json.dumps({
            'vendor_id': '8086', 'address': '*:*:*.*'})):
        without = device_rows.start(HOST)
        assert set(left(without).values()) == {None}
        with pytest.raises(exception.PciDeviceRequestFailed):
            claim(without, OTHER, 1)
    with device_rows.Rows.in_place(rows, SPEC):
        assert left(device_rows.start(HOST))[
            taken.parent_addr] == '4000/10000'


def test_the_whole_card_comes_back_with_its_whole_budget(rows):
    """A server with the PF leaves while another one waits for a VF."""
    tracker = device_rows.start([*device_rows.family('81', 4)])
    claim(tracker, ME, 0, kind=PF)
    with pytest.raises(exception.PciDeviceRequestFailed):
        claim(tracker, OTHER, 1)
    tracker.free_instance(None, device_rows.guest(ME))
    assert len(claim(tracker, OTHER, 2500, 4)) == 4
    assert left(tracker) == {}
    tracker.free_instance(None, device_rows.guest(OTHER))
    assert left(tracker) == {PF_81: '10000/10000'}


def test_a_budget_can_be_larger_than_any_link_and_is_exact(rows):
    with device_rows.Rows().in_place(SPEC.replace('10000', '999999999')):
        tracker = device_rows.start(HOST[:5])
        claim(tracker, ME, 999999999)
        assert left(tracker) == {PF_81: '0/999999999'}
        with pytest.raises(exception.PciDeviceRequestFailed):
            claim(tracker, OTHER, 1)


def test_pf_of_a_freed_vf_that_changed_its_pf(rows):
    """The VF was made anew under the other PF while it was owned."""
    tracker = device_rows.start(HOST)
    taken, = claim(tracker, ME, 6000)
    other = PF_82 if taken.parent_addr == PF_81 else PF_81
    moved = [{**each, 'parent_addr': other}
             if each['address'] == taken.address else each for each in HOST]
    device_rows.sync(tracker, moved)
    assert left(tracker)[taken.parent_addr] == '4000/10000'
    tracker.free_instance(None, device_rows.guest(ME))
    device_rows.sync(tracker, moved)
    assert set(left(tracker).values()) == {'10000/10000'}
    # Three VFs are of one PF now, and five of the other, which serves four.
    assert len(claim(tracker, OTHER, 2500, 7)) == 7
    with pytest.raises(exception.PciDeviceRequestFailed):
        claim(tracker, THIRD, 2500)
