# SPDX-License-Identifier: Apache-2.0

"""Drained devices at the tracker: never handed out, and never taken away."""

import logging

import pytest
from nova import exception
from nova.conf import CONF

from nova_pci_ext import exceptions
from nova_pci_ext.compute import hotplug
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.metrics import record
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.stats.device_pools import Chosen
from tests import device_rows
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
HOST = device_rows.family('81', 2)


@pytest.fixture(autouse=True)
def path(tmp_path):
    found = tmp_path / 'drained.json'
    with device_rows.Rows().in_place():
        CONF.set_override('drained_file', str(found), 'pci_ext')
        yield found
        CONF.clear_override('drained_file', 'pci_ext')


def drain(path, *addresses, reason='bad fan', card=None):
    drained_file.change(path, lambda old: [*old, *(
        Mark(address=address, reason=reason, card=card)
        for address in addresses)])


def undrain(path):
    drained_file.change(path, lambda old: [])


def update(tracker, host=None):
    """Let the tracker do what it does each minute."""
    if host is not None:
        device_rows.sync(tracker, host)
    tracker.clean_usage([], [])


def said(caplog):
    return [each.getMessage() for each in caplog.records
            if each.name == 'nova_pci_ext.compute.tracker']


@pytest.mark.parametrize(('drained', 'left'), [
    ([VF_0], [VF_1]), ([PF_81], []), ([None], []),
    (['0000:99:00.0'], [PF_81, VF_0, VF_1]),
], ids=['a VF', 'a PF', 'the host', 'another device'])
def test_the_pools_have_none_of_it(path, drained, left):
    drain(path, *drained)
    tracker = device_rows.start(HOST)
    assert device_rows.pooled(tracker) == left
    undrain(path)
    update(tracker)
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
    drain(path, *drained)
    update(tracker)
    assert device_rows.pooled(tracker) == left


def test_a_claim_sees_what_was_drained_since_the_last_update(path):
    tracker = device_rows.start(HOST)
    drain(path, VF_1)
    assert device_rows.claim(tracker, ME, r1=(1, VF)) == [VF_0]
    with pytest.raises(exception.PciDeviceRequestFailed):
        device_rows.claim(tracker, OTHER, r1=(1, VF))
    undrain(path)
    assert device_rows.claim(tracker, OTHER, r1=(1, VF)) == [VF_1]


def test_a_drain_while_devices_are_chosen_is_seen(path, monkeypatch):
    tracker = device_rows.start(HOST)
    choose, asked = tracker.stats.choose, []

    def drain_after(*args):
        chosen = choose(*args)
        asked.append([each.dev.address for each in chosen])
        if len(asked) == 1:
            drain(path, VF_1)
        return chosen

    monkeypatch.setattr(tracker.stats, 'choose', drain_after)
    assert device_rows.claim(tracker, ME, r1=(1, VF)) == [VF_0]
    assert asked == [[VF_1], [VF_0]]
    assert device_rows.states(tracker) == {
        PF_81: 'unclaimable', VF_0: f'claimed:{ME}', VF_1: 'available'}
    assert device_rows.pooled(tracker) == []


def test_a_drain_in_a_claim_that_then_fails_leaves_nothing_behind(
        path, monkeypatch):
    tracker = device_rows.start(HOST)
    before = device_rows.states(tracker)
    choose = tracker.stats.choose

    def drain_after(*args):
        chosen = choose(*args)
        drain(path, None)
        return chosen

    monkeypatch.setattr(tracker.stats, 'choose', drain_after)
    with pytest.raises(exception.PciDeviceRequestFailed):
        device_rows.claim(tracker, ME, r1=(2, VF))
    assert device_rows.states(tracker) == before
    assert (tracker.claims, device_rows.pooled(tracker)) == ({}, [])


def test_a_claim_refuses_what_the_pools_should_not_have_had(path):
    tracker = device_rows.start(HOST)
    held = tracker.stats.get_free_devs()
    drain(path, VF_0)
    update(tracker)
    dev = next(each for each in held if each.address == VF_0)
    tracker.stats.add_device(dev)
    with pytest.raises(exception.PciDeviceInvalidStatus) as caught:
        tracker._moves.claim([Chosen(dev, 'r1')], ME)
    assert str(caught.value) == (
        f'cannot claim device {VF_0}, which is available: it is drained: '
        'bad fan')


def test_it_is_said_when_the_last_one_is_free(path, caplog):
    caplog.set_level(logging.INFO)
    tracker = device_rows.start(HOST)
    device_rows.claim(tracker, ME, r1=(2, VF))
    guest = device_rows.guest(ME)
    tracker.allocate_instance(guest)
    drain(path, PF_81)
    tracker.clean_usage([guest], [])
    tracker.clean_usage([guest], [])
    assert device_rows.states(tracker)[VF_0] == f'allocated:{ME}'
    tracker.free_device(tracker.allocations[ME][0], guest)
    tracker.free_instance(None, guest)
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == []
    undrain(path)
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
    assert said(caplog) == [
        f'Device {PF_81} is drained (bad fan). In use, and kept by their '
        f'instances, are {VF_0} ({ME}), {VF_1} ({ME})',
        f'Device {PF_81} is drained (bad fan), and nothing of it is in use',
        f'Device {PF_81} is not drained any more']


def test_a_restart_and_a_new_row_change_nothing(path):
    drain(path, VF_0)
    device_rows.save(device_rows.start(HOST))
    tracker = device_rows.start()
    assert device_rows.pooled(tracker) == [VF_1]
    update(tracker, [])
    device_rows.save(tracker)
    update(tracker, HOST)
    assert device_rows.pooled(tracker) == [VF_1]


def test_the_rows_say_so_until_it_is_over(path):
    drain(path, VF_0)
    tracker = device_rows.start(HOST)
    device_rows.save(tracker)
    tracker = device_rows.start(HOST)
    notes = {dev.address: dev.extra_info.get('pci_ext_drained')
             for dev in tracker.pci_devs}
    assert notes == {PF_81: f'its part {VF_0} is drained: bad fan',
                     VF_0: 'bad fan', VF_1: None}
    undrain(path)
    update(tracker)
    device_rows.save(tracker)
    assert [dict(dev.extra_info) for dev in device_rows.start().pci_devs
            ] == [{}, {}, {}]


def test_vfs_that_are_made_later_are_drained_with_their_pf(path):
    drain(path, PF_81)
    tracker = device_rows.start(HOST[:1])
    update(tracker, HOST)
    update(tracker, HOST)
    assert device_rows.pooled(tracker) == []


def vpd(serial):
    return {'capabilities': {'vpd': {'card_serial_number': serial}}}


def test_cards_that_change_places_take_their_marks_along(path):
    drain(path, PF_81, card=CardFunction(serial='S1', function=0))
    one, two = (device_rows.family('81', 1, **vpd('S1')),
                device_rows.family('82', 1, **vpd('S2')))
    tracker = device_rows.start([*one, *two])
    assert device_rows.pooled(tracker) == ['0000:82:00.0', '0000:82:10.0']
    device_rows.save(tracker)
    swapped = [*device_rows.family('81', 1, **vpd('S2')),
               *device_rows.family('82', 1, **vpd('S1'))]
    tracker = device_rows.start(swapped)
    assert device_rows.pooled(tracker) == [PF_81, VF_0]


@pytest.mark.parametrize('content', ['', '{"format": "other"}'])
def test_marks_that_cannot_be_read_hold_all_devices(path, content, caplog):
    tracker = device_rows.start(HOST)
    path.write_text(content)
    with pytest.raises(exception.PciDeviceRequestFailed):
        device_rows.claim(tracker, ME, r1=(1, VF))
    assert said(caplog)[0] == (
        f'What is drained on this host cannot be read: {path}: not a file of '
        'nova-pci drain; restore it, or remove it and drain again. No PCI '
        'device is handed out until it can be')
    path.unlink()
    assert device_rows.claim(tracker, ME, r1=(1, VF)) == [VF_1]


def test_two_marks_of_one_device_are_both_said(path, caplog):
    """Neither is a mark of nothing, whichever is obeyed."""
    caplog.set_level(logging.INFO)
    tracker = device_rows.start(HOST)
    device_rows.claim(tracker, ME, r1=(1, VF))
    drain(path, VF_1)
    drain(path, PF_81, reason='bad slot')
    drain(path, None, reason='new kernel')
    tracker.clean_usage([device_rows.guest(ME)], [])
    held = (f'In use, and kept by their instances, are {VF_1} ({ME})')
    assert said(caplog) == [
        f'Device {VF_1} is drained (bad fan). {held}',
        f'Device {PF_81} is drained (bad slot). {held}',
        f'The whole host is drained (new kernel). {held}']


def test_a_file_that_could_not_be_opened_for_once_is_read_again(
        path, caplog, monkeypatch):
    """A process with too many open files has one left a minute later."""
    drain(path, VF_0)
    tracker = device_rows.start(HOST)
    drain(path, VF_0)
    read = whole_files.read

    def fail(_path):
        raise exceptions.DiscoveryError(str(path), 'too many open files')

    monkeypatch.setattr(whole_files, 'read', fail)
    update(tracker)
    update(tracker)
    assert device_rows.pooled(tracker) == []
    monkeypatch.setattr(whole_files, 'read', read)
    update(tracker)
    assert device_rows.pooled(tracker) == [VF_1]
    assert sum(text.startswith('What is drained on this host cannot')
               for text in said(caplog)) == 1


def test_a_mark_of_nothing_is_said(path, caplog):
    drain(path, '0000:99:00.0')
    update(device_rows.start(HOST), HOST)
    assert said(caplog) == [
        'Device 0000:99:00.0 is drained (bad fan), and no device that this '
        'host hands out']


def test_a_host_without_marks_asks_the_kernel_and_no_more(monkeypatch):
    tracker = device_rows.start(HOST)

    def read(_path):
        raise AssertionError

    monkeypatch.setattr(drained_file, 'read', read)
    update(tracker, HOST)
    assert device_rows.claim(tracker, ME, r1=(1, PF)) == [PF_81]


def test_the_report_of_a_driver_brings_the_marks_too(path):
    tracker = device_rows.start(HOST)
    drain(path, PF_81)
    hotplug.REPORTS.publish('compute-1', '[]')
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == []


def number(state):
    return record.REGISTRY.get_sample_value(
        'nova_pci_ext_drained_devices', {'node': 'compute-1', 'state': state})


def test_a_gauge_counts_them(path):
    tracker = device_rows.start(HOST)
    assert (number('in_use'), number('free')) == (0, 0)
    device_rows.claim(tracker, ME, r1=(1, VF))
    drain(path, PF_81)
    tracker.clean_usage([device_rows.guest(ME)], [])
    assert (number('in_use'), number('free')) == (1, 2)
    tracker.free_instance(None, device_rows.guest(ME))
    assert (number('in_use'), number('free')) == (0, 3)
