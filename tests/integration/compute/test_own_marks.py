# SPDX-License-Identifier: Apache-2.0

"""Marks that the service sets itself, beside those of operators."""

import fcntl
import logging

import pytest
from nova.conf import CONF

from nova_pci_ext.discovery import drained_file
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin
from tests import device_rows
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
SERIAL = {'capabilities': {'vpd': {'card_serial_number': 'S1'}}}
HOST = device_rows.family('81', 2, **SERIAL)


@pytest.fixture
def path(tmp_path):
    found = tmp_path / 'drained.json'
    with device_rows.Rows().in_place():
        CONF.set_override('drained_file', str(found), 'pci_ext')
        yield found
        CONF.clear_override('drained_file', 'pci_ext')


def hold(tracker, *addresses, reason='1 fatal error'):
    tracker._drained.hold(Origin.HEALTH, dict.fromkeys(addresses, reason),
                          tracker._moves.index)
    tracker._obey_drains()


def release(tracker, *addresses):
    tracker._drained.release(Origin.HEALTH, addresses, tracker._moves.index)
    tracker._obey_drains()


def notes(tracker):
    return {dev.address: (dev.extra_info.get('pci_ext_drained'),
                          dev.extra_info.get('pci_ext_drained_by'))
            for dev in tracker.pci_devs}


def test_they_are_obeyed_at_once_and_after_a_restart(path):
    tracker = device_rows.start(HOST)
    hold(tracker, VF_0)
    assert device_rows.pooled(tracker) == [VF_1]
    (mark,) = drained_file.read(path)
    assert (mark.address, mark.reason, mark.by, mark.origin, mark.card) == (
        VF_0, '1 fatal error', 'nova-compute', Origin.HEALTH,
        CardFunction(serial='S1', function=0, offset=0x80))
    assert notes(tracker) == {
        PF_81: (f'its part {VF_0} is drained: 1 fatal error', 'health'),
        VF_0: ('1 fatal error', 'health'), VF_1: (None, None)}
    device_rows.save(tracker)
    tracker = device_rows.start()
    assert device_rows.pooled(tracker) == [VF_1]
    release(tracker, VF_0)
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
    assert drained_file.read(path) == ()


def test_what_is_marked_keeps_its_mark(path):
    tracker = device_rows.start(HOST)
    hold(tracker, PF_81)
    before = drained_file.read(path)
    hold(tracker, PF_81, reason='2 fatal errors')
    assert drained_file.read(path) == before


def test_the_mark_of_an_operator_stays_beside_it(path):
    tracker = device_rows.start(HOST)
    operators = Mark(address=PF_81, reason='bad fan')
    drained_file.change(path, lambda old: [operators])
    hold(tracker, PF_81)
    assert notes(tracker)[PF_81] == ('bad fan', 'operator')
    release(tracker, PF_81)
    assert drained_file.read(path) == (operators,)
    assert device_rows.pooled(tracker) == []


def test_a_pf_that_is_no_row_is_known_by_its_vfs(path):
    tracker = device_rows.start(HOST[1:])
    hold(tracker, PF_81)
    assert device_rows.pooled(tracker) == []
    (mark,) = drained_file.read(path)
    assert mark.card == CardFunction(serial='S1', function=0)


def test_a_card_that_has_moved_is_not_marked_twice(path):
    tracker = device_rows.start(HOST)
    hold(tracker, PF_81)
    tracker = device_rows.start(device_rows.family('c1', 2, **SERIAL))
    hold(tracker, '0000:c1:00.0')
    assert [mark.address for mark in drained_file.read(path)] == [PF_81]
    assert device_rows.pooled(tracker) == []


def said(caplog):
    return [each.getMessage() for each in caplog.records
            if each.name == 'nova_pci_ext.compute.tracker'
            and each.levelno >= logging.WARNING]


def test_a_file_that_cannot_be_written_now_is_written_later(path, caplog):
    tracker = device_rows.start(HOST)
    with open(path.with_name('drained.json.lock'), 'w') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        hold(tracker, VF_0)
        assert device_rows.claim(tracker, ME, r1=(1, VF)) == [VF_1]
        tracker._drained.settle()
        assert drained_file.read(path) == ()
    assert said(caplog) == [
        'What this service drained itself is not in the file yet, and would '
        f'be forgotten at a restart: {path}: another nova-pci or '
        'nova-compute is writing it; try again']
    tracker._drained.settle()
    assert [mark.address for mark in drained_file.read(path)] == [VF_0]
    tracker._obey_drains()
    assert device_rows.pooled(tracker) == []


def test_what_is_over_before_it_is_written_never_is(path):
    tracker = device_rows.start(HOST)
    with open(path.with_name('drained.json.lock'), 'w') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        hold(tracker, VF_0)
        release(tracker, VF_0)
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
    tracker._drained.settle()
    assert drained_file.read(path) == ()


def test_a_file_that_cannot_be_read_is_left_alone(path):
    path.write_text('{')
    tracker = device_rows.start(HOST)
    hold(tracker, VF_0)
    assert path.read_text() == '{'
    path.unlink()
    tracker._obey_drains()
    assert device_rows.pooled(tracker) == [VF_1]


def test_a_root_who_comes_first_does_not_lock_the_service_out(path):
    drained_file.change(path, lambda old: ())
    lock, folder = path.with_name('drained.json.lock').stat(), (
        path.parent.stat())
    assert (lock.st_uid, lock.st_gid) == (folder.st_uid, folder.st_gid)
