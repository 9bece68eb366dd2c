# SPDX-License-Identifier: Apache-2.0

"""A plan reaches the devices and the pools whole, or not at all."""

import pytest
from nova import exception

from nova_pci_ext.model.claim import Move
from nova_pci_ext.stats.device_pools import Chosen
from tests import device_rows
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'


@pytest.fixture
def tracker():
    with device_rows.Rows().in_place():
        yield device_rows.start(device_rows.family('81', 2))


def chosen(tracker, *pairs):
    return [Chosen(tracker._moves.index[address], request_id)
            for address, request_id in pairs]


def test_a_claim_gives_each_device_its_request(tracker):
    taken = tracker._moves.claim(
        chosen(tracker, (VF_1, 'r1'), (VF_0, 'r2')), ME)
    assert [(dev.address, dev.request_id) for dev in taken] == [
        (VF_1, 'r1'), (VF_0, 'r2')]
    assert device_rows.states(tracker) == {
        PF_81: 'unclaimable', VF_0: f'claimed:{ME}', VF_1: f'claimed:{ME}'}
    assert tracker.stats.pools == []


def test_a_claim_of_a_pf_and_its_vf_changes_nothing(tracker):
    before = device_rows.snapshot(tracker)
    with pytest.raises(exception.PciDeviceVFInvalidStatus):
        tracker._moves.claim(
            chosen(tracker, (VF_0, 'r1'), (PF_81, 'r2')), ME)
    assert device_rows.snapshot(tracker) == before


@pytest.mark.parametrize(('steps', 'owner', 'error'), [
    ([(Move.ALLOCATE, VF_0)], ME, exception.PciDeviceInvalidStatus),
    ([(Move.CLAIM, VF_0), (Move.FREE, VF_0), (Move.FREE, VF_0)], ME,
     exception.PciDeviceInvalidStatus),
    ([(Move.CLAIM, PF_81), (Move.CLAIM, VF_0)], ME,
     exception.PciDevicePFInvalidStatus),
], ids=['not claimed', 'freed twice', 'its PF is taken'])
def test_an_illegal_move_is_the_error_that_nova_expects(
        steps, owner, error, tracker):
    before = device_rows.snapshot(tracker)
    with pytest.raises(error):
        tracker._moves.run(steps, owner=owner)
    assert device_rows.snapshot(tracker) == before


def test_of_another_instance(tracker):
    device_rows.claim(tracker, ME, r1=(1, VF))
    with pytest.raises(exception.PciDeviceInvalidOwner):
        tracker._moves.run([(Move.FREE, VF_1)], owner='another')


def test_what_is_withheld_is_not_offered(tracker):
    tracker._moves.withheld.add(VF_0)
    tracker._moves.pool([VF_0, VF_1])
    assert device_rows.pooled(tracker) == [PF_81, VF_1]
    tracker._moves.withheld.clear()
    tracker._moves.pool([VF_0])
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
