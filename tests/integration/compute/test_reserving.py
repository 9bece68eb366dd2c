# SPDX-License-Identifier: Apache-2.0

"""Drained devices in Nova's provider tree, through Nova's own translator."""

import copy

import pytest
from nova.compute import pci_placement_translator
from nova.compute import provider_tree
from nova.conf import CONF

from nova_pci_ext.compute import reserving
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.novaobj.hooks import features
from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import VF

pytestmark = pytest.mark.nova

NODE = 'compute-1'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
GPU = '0000:41:00.0'
HOST = [*device_rows.family('81', 3)[1:], device_rows.reported(GPU)]
SPEC = '{"vendor_id": "8086", "address": "*:*:*.*", "resource_class": "%s"}'
ME = '00000000-0000-0000-0000-000000000001'


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """Yield the tree of a node with two providers, and how to update it."""
    monkeypatch.setattr(
        pci_placement_translator, 'update_provider_tree_for_pci',
        pci_placement_translator.update_provider_tree_for_pci)
    found = pci_placement_translator.update_provider_tree_for_pci
    if hasattr(found, wrapping._ORIGINAL):
        monkeypatch.setattr(pci_placement_translator,
                            'update_provider_tree_for_pci',
                            wrapping.original(found))
    reserving.install()
    with device_rows.Rows().in_place():
        CONF.set_override('report_in_placement', True, 'pci')
        CONF.set_override('drained_file', str(tmp_path / 'drained'),
                          'pci_ext')
        yield Cards(tmp_path / 'drained')
        CONF.clear_override('drained_file', 'pci_ext')
        CONF.clear_override('report_in_placement', 'pci')


class Cards:
    def __init__(self, path):
        self.path = path
        self.tree = provider_tree.ProviderTree()
        self.tree.new_root(NODE, 'c0000000-0000-0000-0000-000000000001')
        self.tracker = device_rows.start(HOST)
        self.update()

    def update(self):
        """Do what Nova does each minute; return what is reserved."""
        self.tracker.clean_usage([device_rows.guest(ME)], [])
        pci_placement_translator.update_provider_tree_for_pci(
            self.tree, NODE, self.tracker, {}, [])
        device_rows.save(self.tracker)
        return {address: next(iter(self.tree.data(
            f'{NODE}_{address}').inventory.values())).get('reserved', 0)
            for address in (PF_81, GPU)
            if self.tree.exists(f'{NODE}_{address}')}

    def drain(self, *addresses):
        drained_file.change(self.path, lambda old: [
            Mark(address=address, reason='bad fan') for address in addresses])

    def reserve(self, address, number):
        """Reserve devices, as an operator does with the openstack client."""
        name = f'{NODE}_{address}'
        self.tree.update_inventory(name, {
            key: {**each, 'reserved': number} for key, each
            in self.tree.data(name).inventory.items()})


@pytest.mark.parametrize(('drained', 'reserved'), [
    ([GPU], {PF_81: 0, GPU: 1}),
    ([PF_81], {PF_81: 3, GPU: 0}),
    ([VF_0], {PF_81: 1, GPU: 0}),
    ([VF_0, VF_1], {PF_81: 2, GPU: 0}),
    ([None], {PF_81: 3, GPU: 1}),
], ids=['a device', 'a PF', 'a VF', 'two VFs', 'the host'])
def test_what_is_drained_is_reserved_and_comes_back(cards, drained, reserved):
    assert cards.update() == {PF_81: 0, GPU: 0}
    cards.drain(*drained)
    assert cards.update() == reserved
    assert cards.update() == reserved
    cards.drain()
    assert cards.update() == {PF_81: 0, GPU: 0}
    assert cards.update() == {PF_81: 0, GPU: 0}
    assert [dev.extra_info.get('pci_ext_reserved')
            for dev in cards.tracker.pci_devs] == [None] * 4


def test_what_an_operator_had_reserved_comes_back(cards):
    cards.reserve(GPU, 1)
    cards.reserve(PF_81, 1)
    cards.drain(GPU, VF_0)
    assert cards.update() == {PF_81: 2, GPU: 1}
    cards.drain()
    assert cards.update() == {PF_81: 1, GPU: 1}


def test_a_restart_keeps_what_was_reserved_before(cards):
    cards.reserve(PF_81, 2)
    cards.drain(PF_81)
    assert cards.update()[PF_81] == 3
    cards.tracker = device_rows.start(HOST)
    assert cards.update()[PF_81] == 3
    cards.drain()
    assert cards.update()[PF_81] == 2


@pytest.mark.parametrize('attempts', [1, 3], ids=['down', 'down for long'])
def test_what_placement_did_not_take_is_given_back_later(cards, attempts):
    """It was down, or another writer was faster: it is read anew."""
    cards.reserve(PF_81, 1)
    cards.drain(PF_81)
    assert cards.update()[PF_81] == 3
    cards.drain()
    for _ in range(attempts):
        # The lock of Nova 31 is one of threads, which cannot be copied.
        lock = cards.tree.lock
        there = copy.deepcopy(cards.tree, {id(lock): lock})
        assert cards.update()[PF_81] == 1
        cards.tree = there
    assert cards.update()[PF_81] == 1
    assert cards.update()[PF_81] == 1
    cards.reserve(PF_81, 2)
    assert cards.update()[PF_81] == 2


def test_a_part_that_is_in_use_is_not_counted_twice(cards):
    """Placement offers the one VF that is free and not drained."""
    vf = device_rows.claim(cards.tracker, ME, r1=(2, VF))
    cards.drain(*vf)
    assert cards.update()[PF_81] == 0
    cards.tracker.free_instance(None, device_rows.guest(ME))
    assert cards.update()[PF_81] == 2


def test_a_device_in_use_is_reserved_too(cards):
    device_rows.claim(cards.tracker, ME, r1=(3, VF))
    cards.drain(PF_81)
    assert cards.update()[PF_81] == 3


@pytest.mark.skipif(not features.has(features.Feature.ONE_TIME_USE),
                    reason='this Nova has no one-time use of devices')
def test_a_used_device_for_one_time_use_stays_reserved(cards, monkeypatch):
    cards.tracker = device_rows.start([device_rows.reported(GPU)])
    for spec in cards.tracker.dev_filter.specs:
        monkeypatch.setitem(spec.tags, 'one_time_use', 'true')
    device_rows.claim(cards.tracker, ME, r1=(1, PCI))
    assert cards.update()[GPU] == 1
    cards.drain(GPU)
    assert cards.update()[GPU] == 1
    cards.tracker.free_instance(None, device_rows.guest(ME))
    cards.drain()
    assert cards.update()[GPU] == 1


def test_a_device_that_is_not_in_placement_is_left_alone(cards):
    cards.tree.remove(f'{NODE}_{GPU}')
    cards.drain(GPU)
    cards.tracker.clean_usage([], [])
    reserving.reserve(cards.tree, NODE, cards.tracker.pci_devs)
    assert not cards.tree.exists(f'{NODE}_{GPU}')
