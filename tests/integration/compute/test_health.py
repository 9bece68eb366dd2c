# SPDX-License-Identifier: Apache-2.0

"""Faults that appear in sysfs while the tracker runs."""

import json

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.compute import health
from nova_pci_ext.compute import hotplug
from nova_pci_ext.metrics import record
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
    with device_rows.Rows().in_place():
        yield Card(tmp_path)


class Card:
    """A PF with two VFs in sysfs, and the tracker of its host."""

    def __init__(self, root):
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
        self.tracker = device_rows.start(HOST)

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
    assert (card.update(), number()) == (everywhere(None), 0)
    card.write('aer_dev_fatal', ERRORS)
    fatal = '1 fatal PCIe error since the host started'
    assert (card.update(), number()) == (everywhere(fatal), 3)
    card.update()
    card.write('current_link_width', 4)
    both = f'{fatal}, link has 4 of 8 lanes'
    assert card.update() == everywhere(both)
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    card.write('current_link_width', 8)
    assert (card.update(), number()) == (everywhere(None), 0)
    tail = '. nova-pci drain takes it out of service'
    assert said(caplog) == [
        f'Device {PF_81} is not healthy: {fatal}{tail}',
        f'Device {PF_81} is not healthy: {both}{tail}',
        f'Device {PF_81} is healthy again']


def test_what_is_not_healthy_is_only_reported(card):
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    assert device_rows.pooled(card.tracker) == [PF_81, VF_0, VF_1]


def test_a_driver_that_lost_the_device_and_its_vfs(card):
    card.update()
    card.lose('driver')
    assert card.update() == everywhere('lost its driver igb')
    card.lose('virtfn0', 'virtfn1')
    assert card.update() == everywhere('lost its driver igb, lost its 2 VFs')


def test_a_pf_that_a_server_has_loses_its_driver_as_it_should(card):
    card.update()
    device_rows.claim(card.tracker, ME, r1=(1, PF))
    card.lose('driver', 'virtfn0', 'virtfn1')
    assert card.update() == everywhere(None)
    card.tracker.free_instance(None, device_rows.guest(ME))
    assert card.update() == everywhere(None)


def test_a_note_ends_with_a_fault_that_another_tracker_has_seen(card):
    card.write('aer_dev_fatal', ERRORS)
    card.update()
    card.write('aer_dev_fatal', 'TOTAL_ERR_FATAL 0')
    card.tracker = device_rows.start(HOST)
    assert card.update() == everywhere(None)


def test_vfs_alone_are_known_by_their_pf(card):
    card.reported = HOST[1:]
    card.tracker = device_rows.start(HOST[1:])
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
    assert card.update() == everywhere(None)


def test_without_a_report_of_our_drivers_no_kernel_is_looked_at(
        card, monkeypatch):
    """Nova's own drivers, and its tests, have devices of anywhere."""
    monkeypatch.setattr(health.health_files, 'read', None)
    card.tracker.clean_usage([device_rows.guest(ME)], [])
