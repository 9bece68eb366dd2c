# SPDX-License-Identifier: Apache-2.0

"""Rows that are older than the devices in Placement, by Nova's translator."""

import json

import pytest
from nova.compute import pci_placement_translator
from nova.compute import provider_tree
from nova.conf import CONF

from nova_pci_ext.compute import noted_providers
from nova_pci_ext.compute import reserving
from nova_pci_ext.novaobj import wrapping
from tests import device_rows

pytestmark = pytest.mark.nova

NODE = 'compute-1'
ROOT = 'c0000000-0000-0000-0000-000000000001'
ME = '00000000-0000-0000-0000-000000000001'
GPUS = ['0000:41:00.0', '0000:42:00.0']
HOST = [device_rows.reported(address) for address in GPUS]


@pytest.fixture
def rows(monkeypatch):
    """Rows of a compute whose devices were not in Placement."""
    name = 'update_provider_tree_for_pci'
    found = getattr(pci_placement_translator, name)
    if hasattr(found, wrapping._ORIGINAL):
        found = wrapping.original(found)
    monkeypatch.setattr(pci_placement_translator, name, found)
    reserving.install()
    with device_rows.Rows().in_place() as made:
        tracker = device_rows.start(HOST)
        device_rows.claim(tracker, ME, gpu=(1, device_rows.PCI))
        device_rows.save(tracker)
        assert providers(made) == dict.fromkeys(GPUS)
        CONF.set_override('report_in_placement', True, 'pci')
        yield made
        CONF.clear_override('report_in_placement', 'pci')


def providers(rows):
    """Return the provider that each row names."""
    return {address: json.loads(row['extra_info']).get('rp_uuid')
            for address, row in rows.rows.items()}


def update(tracker, tree):
    """Do what Nova does each minute."""
    tracker.clean_usage([device_rows.guest(ME)], [])
    pci_placement_translator.update_provider_tree_for_pci(
        tree, NODE, tracker, {ME: {'allocations': {}}}, [])
    device_rows.save(tracker)


def test_a_row_names_its_provider_from_the_first_update_on(rows):
    tree = provider_tree.ProviderTree()
    tree.new_root(NODE, ROOT)
    tracker = device_rows.start(HOST)
    update(tracker, tree)
    found = {address: tree.data(f'{NODE}_{address}').uuid
             for address in GPUS}
    assert providers(rows) == found
    # That is all: no later one writes it again.
    before = rows.writes
    update(tracker, tree)
    device_rows.sync(tracker, HOST)
    update(tracker, tree)
    assert rows.writes == before
    update(device_rows.start(HOST), tree)
    assert (providers(rows), rows.writes) == (found, before)


def test_what_was_noted_before_a_failure_is_written(rows):
    tracker = device_rows.start(HOST)
    first, second = tracker.pci_devs
    with pytest.raises(ZeroDivisionError), (
            noted_providers.written(tracker.pci_devs)):
        first.extra_info['rp_uuid'] = ROOT
        raise ZeroDivisionError
    device_rows.save(tracker)
    assert providers(rows) == {first.address: ROOT, second.address: None}


def test_a_device_that_is_in_placement_no_more_names_no_provider(rows):
    """With a physical network; Nova deletes the provider, and not the name."""
    tree = provider_tree.ProviderTree()
    tree.new_root(NODE, ROOT)
    update(device_rows.start(HOST), tree)
    assert None not in providers(rows).values()
    CONF.set_override('device_spec', [json.dumps({
        'vendor_id': HOST[0]['vendor_id'], 'physical_network': 'net'})],
        'pci')
    tracker = device_rows.start(HOST)
    tracker.clean_usage([], [])
    pci_placement_translator.update_provider_tree_for_pci(
        tree, NODE, tracker, {}, [])
    device_rows.save(tracker)
    assert providers(rows) == dict.fromkeys(GPUS)
    again = device_rows.start(HOST)
    assert not {name for pool in again.stats.to_device_pools_obj()
                for name in pool.tags if name == 'rp_uuid'}


def test_a_device_in_use_keeps_the_name_of_a_provider_that_is_gone(rows):
    tracker = device_rows.start(HOST)
    device_rows.claim(tracker, ME, gpu=(1, device_rows.PCI))
    for dev in tracker.pci_devs:
        dev.extra_info = {**dev.extra_info, 'rp_uuid': ROOT}
    noted_providers.forget(tracker.pci_devs, lambda _: False)
    assert {dev.extra_info.get('rp_uuid') for dev in tracker.pci_devs
            if dev.instance_uuid} == {ROOT}
    assert {dev.extra_info.get('rp_uuid') for dev in tracker.pci_devs
            if not dev.instance_uuid} <= {None}
