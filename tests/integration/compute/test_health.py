# SPDX-License-Identifier: Apache-2.0

"""Faults that appear in sysfs while the tracker runs."""

import json

import pytest
from nova.conf import CONF

from nova_pci_ext import exceptions
from nova_pci_ext.compute import health
from nova_pci_ext.compute import hotplug
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.handing_out import draining
from nova_pci_ext.metrics import record
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin
from tests import device_rows
from tests import sysfs_tree
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
HOST = device_rows.family('81', 2)
ERRORS = 'Undefined 0\nTOTAL_ERR_FATAL 1\n'


@pytest.fixture
def card(tmp_path, monkeypatch):
    monkeypatch.setattr(health, 'ROOT', str(tmp_path))
    rows = device_rows.Rows()
    with rows.in_place():
        marks = tmp_path / 'drained.json'
        CONF.set_override('drained_file', str(marks), 'pci_ext')
        yield Card(tmp_path, rows, marks)
        CONF.clear_override('drained_file', 'pci_ext')
        CONF.clear_override('unhealthy', 'pci_ext')


class Card:
    """A PF with two VFs in sysfs, and the tracker of its host."""

    def __init__(self, root, rows, marks):
        self.rows = rows
        self.marks = marks
        self._tree = sysfs_tree.Tree(root)
        self._tree.device(PF_81, '8086:1521', '020000', 'igb', vfs=2,
                          current_link_width=8, max_link_width=8,
                          current_link_speed='8.0 GT/s PCIe',
                          max_link_speed='8.0 GT/s PCIe',
                          aer_dev_fatal='TOTAL_ERR_FATAL 0')
        for vf in (VF_0, VF_1):
            self._tree.device(vf, '8086:1520', '020000', pf=PF_81)
        self.folder = root / self._tree.places[PF_81]
        self.reported = HOST
        self.start()

    def start(self):
        """Start nova-compute, again perhaps."""
        self.tracker = device_rows.start(self.reported)

    def write(self, name, text):
        (self.folder / name).write_text(f'{text}\n')

    def lose(self, *names):
        for name in names:
            (self.folder / name).unlink()

    def update(self):
        """Do what Nova does each minute; return the notes in the rows."""
        hotplug.REPORTS.publish('compute-1', json.dumps(self.reported))
        self.tracker.clean_usage([device_rows.guest(ME)], [])
        device_rows.save(self.tracker)
        return {dev.address: dev.extra_info.get('pci_ext_unhealthy')
                for dev in self.tracker.pci_devs}

    def updates(self):
        """Do it as often as a fault needs to be believed."""
        for _ in range(2):
            self.update()
        return self.update()


def everywhere(words):
    return {PF_81: words, **dict.fromkeys(
        (VF_0, VF_1), words and f'PF {PF_81}: {words}')}


def number():
    return record.REGISTRY.get_sample_value(
        'nova_pci_ext_unhealthy_devices', {'node': 'compute-1'})


def said(caplog):
    return [each.getMessage() for each in caplog.records
            if each.name == 'nova_pci_ext.compute.tracker']


def test_errors_and_a_slower_link_are_said_once_and_noted(card, caplog):
    caplog.set_level('INFO')
    assert (card.updates(), number()) == (everywhere(None), 0)
    card.write('aer_dev_fatal', ERRORS)
    fatal = '1 fatal PCIe error since the host started'
    assert (card.update(), number()) == (everywhere(fatal), 3)
    card.update()
    card.write('current_link_width', 4)
    assert card.update() == card.update() == everywhere(fatal)
    both = f'{fatal}, link has 4 of 8 lanes'
    assert card.update() == everywhere(both)
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    card.write('current_link_width', 8)
    lanes = 'link has 4 of 8 lanes'
    assert card.update() == card.update() == everywhere(lanes)
    assert (card.update(), number()) == (everywhere(None), 0)
    assert said(caplog) == [
        f'Device {PF_81} is not healthy: {fatal}',
        f'Device {PF_81} is not healthy: {both}',
        f'Device {PF_81} is not healthy: {lanes}',
        f'Device {PF_81} is healthy again']


def test_a_link_that_comes_and_goes_is_not_news(card, caplog):
    caplog.set_level('INFO')
    for _ in range(5):
        card.write('current_link_speed', '2.5 GT/s PCIe')
        assert card.update() == card.update() == everywhere(None)
        card.write('current_link_speed', '8.0 GT/s PCIe')
        card.update()
    assert said(caplog) == []


def test_errors_that_grow_are_news_when_there_are_many_more(card, caplog):
    writes = []
    for count in (10, 11, 50, 99, 100):
        card.write('aer_dev_fatal', f'TOTAL_ERR_FATAL {count}')
        before = card.rows.writes
        card.update()
        writes.append(card.rows.writes - before)
    assert writes == [3, 0, 0, 0, 3]
    assert len(said(caplog)) == 2


def test_what_is_not_healthy_is_only_reported(card):
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    assert device_rows.pooled(card.tracker) == [PF_81, VF_0, VF_1]
    assert drained_file.stamp(card.marks) is None


def test_a_driver_that_lost_the_device_and_its_vfs(card):
    card.update()
    card.lose('driver')
    assert card.updates() == everywhere('lost its driver igb')
    card.lose('virtfn0', 'virtfn1')
    assert card.updates() == everywhere(
        'lost its driver igb, lost its 2 VFs')


def test_a_pf_that_a_server_has_loses_its_driver_as_it_should(card):
    card.update()
    device_rows.claim(card.tracker, ME, r1=(1, PF))
    card.lose('driver', 'virtfn0', 'virtfn1')
    assert card.updates() == everywhere(None)
    card.tracker.free_instance(None, device_rows.guest(ME))
    assert card.updates() == everywhere(None)


def test_a_note_ends_with_a_fault_that_another_tracker_has_seen(card):
    """Not at once: the card may need some looks to show it again."""
    card.write('current_link_width', 4)
    lanes = everywhere('link has 4 of 8 lanes')
    assert card.updates() == lanes
    card.start()
    assert [card.update() for _ in range(3)] == [lanes] * 3
    card.write('current_link_width', 8)
    card.start()
    assert [card.update() for _ in range(3)] == [
        lanes, lanes, everywhere(None)]


def test_a_card_that_is_gone_keeps_its_note(card):
    card.write('aer_dev_fatal', ERRORS)
    found = card.update()
    assert found[PF_81] is not None
    card.lose('vendor')
    assert card.updates() == found


def test_vfs_alone_are_known_by_their_pf(card):
    card.reported = HOST[1:]
    card.start()
    card.write('aer_dev_fatal', ERRORS)
    words = f'PF {PF_81}: 1 fatal PCIe error since the host started'
    assert card.update() == {VF_0: words, VF_1: words}
    assert device_rows.claim(card.tracker, ME, r1=(1, VF)) == [VF_1]


def test_another_host_is_not_looked_at(card, monkeypatch):
    card.write('vendor', '0x10de')
    card.write('aer_dev_fatal', ERRORS)
    assert card.update() == everywhere(None)


def test_a_card_that_cannot_be_read_stops_nothing(card, monkeypatch, caplog):
    """It keeps its notes, and it is said once."""
    card.write('aer_dev_fatal', ERRORS)
    before = card.update()
    assert before[PF_81] is not None
    read = health.health_files.read

    def fail(*_):
        raise exceptions.DiscoveryError('sys', 'a link leads out of it')

    monkeypatch.setattr(health.health_files, 'read', fail)
    caplog.clear()
    assert card.update() == card.update() == before
    assert said(caplog) == [
        f'The health of device {PF_81} cannot be read: sys: a link leads out '
        'of it']
    monkeypatch.setattr(health.health_files, 'read', read)
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    assert card.updates() == everywhere(None)


def test_without_a_report_of_our_drivers_no_kernel_is_looked_at(
        card, monkeypatch):
    """Nova's own drivers, and its tests, have devices of anywhere."""
    monkeypatch.setattr(health.health_files, 'read', None)
    card.tracker.clean_usage([device_rows.guest(ME)], [])


@pytest.fixture
def drains(card):
    """Return a card that is drained when it is not healthy."""
    CONF.set_override('unhealthy', 'drain', 'pci_ext')
    return card


def undrain(card):
    drained_file.change_all(card.marks, lambda old: draining.undrained(
        old, old.drained))


def marks(card):
    return [(mark.address, mark.reason, mark.by)
            for mark in drained_file.read(card.marks)]


FATAL = 'not healthy: 1 fatal PCIe error since the host started'


def test_a_card_that_is_not_healthy_is_drained_until_somebody_undrains_it(
        drains):
    card = drains
    card.update()
    assert device_rows.claim(card.tracker, ME, r1=(1, VF)) == [VF_1]
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    assert marks(card) == [(PF_81, FATAL, 'nova-compute')]
    assert device_rows.pooled(card.tracker) == []
    assert device_rows.states(card.tracker)[VF_1] == f'claimed:{ME}'
    assert [(dev.extra_info['pci_ext_drained'],
             dev.extra_info['pci_ext_drained_by'])
            for dev in card.tracker.pci_devs] == [
        (FATAL, 'health'), *[(f'its PF {PF_81} is drained: {FATAL}',
                              'health')] * 2]
    # The host is started anew, and its counters with it.
    card.tracker.free_instance(None, device_rows.guest(ME))
    device_rows.save(card.tracker)
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    card.start()
    assert card.updates() == everywhere(None)
    assert device_rows.pooled(card.tracker) == []
    undrain(card)
    card.update()
    assert device_rows.pooled(card.tracker) == [PF_81, VF_0, VF_1]


def test_undrain_accepts_what_there_is_and_no_more(drains):
    card = drains
    card.write('aer_dev_fatal', ERRORS)
    card.write('current_link_width', 4)
    card.updates()
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 3')
    undrain(card)
    for _ in range(2):
        card.update()
        card.start()
        assert device_rows.pooled(card.tracker) == [PF_81, VF_0, VF_1]
    assert card.updates() == everywhere(
        '3 fatal PCIe errors since the host started, link has 4 of 8 lanes')
    assert marks(card) == []
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 4')
    card.update()
    assert marks(card) == [(
        PF_81, 'not healthy: 4 fatal PCIe errors since the host started',
        'nova-compute')]
    undrain(card)
    card.update()
    # The host is started anew, and there is an error again.
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    card.update()
    assert marks(card) == []
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    assert len(marks(card)) == 1
    undrain(card)
    card.update()
    card.write('current_link_width', 2)
    card.updates()
    assert marks(card) == [(PF_81, 'not healthy: link has 2 of 8 lanes',
                            'nova-compute')]


def test_vfs_that_are_taken_away_on_purpose_drain_nothing(drains):
    card = drains
    card.update()
    card.lose('virtfn0', 'virtfn1')
    assert card.updates() == everywhere('lost its 2 VFs')
    assert marks(card) == []


def test_vfs_that_servers_have_are_not_taken_away_on_purpose(drains):
    card = drains
    card.update()
    device_rows.claim(card.tracker, ME, r1=(1, VF))
    card.lose('virtfn0', 'virtfn1')
    card.update()
    assert marks(card) == []
    card.updates()
    assert marks(card) == [
        (PF_81, 'not healthy: lost its 2 VFs', 'nova-compute')]


def test_a_card_that_does_not_answer_is_drained_as_long_as_it_does_not(
        drains):
    card = drains
    for name in ('current_link_width', 'max_link_width'):
        card.write(name, 63)
    assert card.updates() == everywhere('does not answer')
    undrain(card)
    card.update()
    assert marks(card) == [
        (PF_81, 'not healthy: does not answer', 'nova-compute')]


def test_a_mark_of_an_operator_and_one_of_health_are_two(drains):
    card = drains
    drained_file.change(card.marks, lambda old: [
        Mark(address=PF_81, reason='bad fan')])
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    assert [mark.origin for mark in drained_file.read(card.marks)] == [
        Origin.OPERATOR, Origin.HEALTH]
    undrain(card)
    card.update()
    assert (marks(card), device_rows.pooled(card.tracker)) == (
        [], [PF_81, VF_0, VF_1])


def test_a_mark_comes_while_facts_are_noted(drains, monkeypatch):
    """What an operator drains meanwhile is obeyed in the same update."""
    card = drains
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    undrain(card)
    accept = card.tracker._drained._own.accept

    def drain_before(changed):
        drained_file.change(card.marks, lambda old: [
            *old, Mark(address=VF_0, reason='bad queue')])
        accept(changed)

    monkeypatch.setattr(card.tracker._drained._own, 'accept', drain_before)
    card.update()
    assert device_rows.pooled(card.tracker) == [VF_1]


def test_many_cards_are_read_by_few_files(card, monkeypatch):
    """No card costs more than its own dozen of files."""
    opened = []
    monkeypatch.setattr(Root, 'open', lambda self, *parts: opened.append(
        parts[-1]))
    card.update()
    assert len(opened) <= 12
