# SPDX-License-Identifier: Apache-2.0

"""Where devices are, from a report to the pools that a compute publishes."""

import json

import pytest
from nova import objects
from nova.conf import CONF
from oslo_serialization import jsonutils

from nova_pci_ext.compute import placing
from nova_pci_ext.compute import tracker
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.handing_out import places
from nova_pci_ext.novaobj import device_reports
from tests import device_rows
from tests import hgx_host
from tests import igb_host
from tests.device_rows import PF
from tests.device_rows import reported
from tests.device_rows import VF

pytestmark = pytest.mark.nova

GPUS = '{"vendor_id": "10de", "product_id": "2330"}'
NICS = '{"vendor_id": "15b3", "product_id": "101e"}'
#: GPU of partitions p0, p1, p3 and p7.
GPU = '0000:b8:00.0'
ME = 'b2e8f30a-7a9c-4a5f-9c4e-3d6f1c0a5b7e'
PLACE = {'pcie_root': '0000:b2:01.0', 'pcie_switch': '0000:b3:00.0'}
TAGS = {'dev_type': 'type-PF', 'remote_managed': 'false', 'address': GPU,
        **PLACE}


@pytest.fixture
def declare():
    """Return a function that sets the groups of the host."""
    pci_ext.register_opts(CONF)
    yield lambda *groups: CONF.set_override(
        'device_group', [json.dumps(list(groups))], 'pci_ext')
    CONF.clear_override('device_group', 'pci_ext')


@pytest.fixture
def rows():
    with device_rows.Rows().in_place(GPUS) as found:
        yield found


def report(**fields):
    """Return what the recorded driver reports of an HGX."""
    return device_reports.passthrough_devices(hgx_host.host(**fields).devices)


def published(started, address=GPU):
    """Return the tags of the pools of a device or a PF."""
    return [pool.tags for pool in started.stats.to_device_pools_obj()
            if pool.tags['address'] == address]


def test_pools_say_where_their_devices_are(rows, declare):
    declare(*hgx_host.groups())
    started = device_rows.start(report())
    assert published(started) == [
        {**TAGS, 'device_group_nvlink': 'p0:8,p1:4,p3:2,p7:1'}]


def test_a_pf_has_one_pool_of_vfs_as_before(rows):
    CONF.set_override('device_spec', [NICS], 'pci')
    started = device_rows.start(report())
    assert published(started, '0000:b6:00.0') == [{
        'dev_type': 'type-VF', 'remote_managed': 'false',
        'physical_network': None, 'address': '0000:b6:00.0', **PLACE}]


def test_a_service_that_starts_again_knows_where_devices_are(rows, declare):
    declare(*hgx_host.groups())
    started = device_rows.start(report())
    device_rows.save(started)
    again = device_rows.start()
    assert published(again) == published(started)
    device_rows.sync(again, report())
    assert published(again) == published(started)


def test_what_comes_again_is_written_once(rows, declare):
    declare(*hgx_host.groups())
    started = device_rows.start(report())
    device_rows.save(started)
    before = rows.writes
    device_rows.sync(started, report())
    device_rows.save(started)
    assert (before, rows.writes) == (8, 8)


def test_rows_of_an_older_release_get_their_tags(rows):
    started = device_rows.start([
        {**each, 'pci_path': ()} for each in report()])
    device_rows.save(started)
    assert 'pcie_root' not in published(started)[0]
    again = device_rows.start(report())
    assert published(again) == [TAGS]
    device_rows.save(again)
    assert jsonutils.loads(rows.rows[GPU]['extra_info']) == PLACE


def test_groups_that_change_are_right_for_owned_devices_too(rows, declare):
    declare({'type': 'nvlink', 'name': 'old', 'addresses': [GPU]})
    owned = [each for each in report() if each['address'] == GPU]
    started = device_rows.start(owned)
    started.claim_instance(None, objects.InstancePCIRequests(
        instance_uuid=ME, requests=[objects.InstancePCIRequest(
            request_id='r', count=1, spec=[{'dev_type': 'type-PF'}])]), None)
    device_rows.save(started)
    declare({'type': 'rail', 'name': 'new', 'addresses': [GPU]})
    again = device_rows.start(owned)
    assert published(again) == []
    again.free_instance(None, device_rows.guest(ME))
    assert published(again) == [{
        'dev_type': 'type-PF', 'remote_managed': 'false', 'address': GPU,
        'pcie_root': PLACE['pcie_root'], 'device_group_rail': 'new:1'}]


def test_a_report_without_paths_is_looked_up_in_sysfs(tmp_path):
    """Nova's own driver says nothing of the way to a device."""
    root = kernel_files.Root(igb_host.unpack(tmp_path))
    product = {'vendor_id': '8086', 'product_id': '10c9'}
    found = placing.find([
        reported('0000:41:00.0', PF) | product,
        reported('0000:41:10.0', VF, '0000:41:00.0'),
        reported('0000:81:00.0', PF),
        reported('0000:81:10.0', VF, '0000:99:00.0')], root=root)
    assert found == {
        '0000:41:00.0': {'pcie_root': '0000:40:00.0'},
        '0000:41:10.0': {'pcie_root': '0000:40:00.0'},
        # Other devices than the kernel has there: not this host's.
        '0000:81:00.0': {}, '0000:81:10.0': {}}


def test_what_is_no_device_is_nowhere():
    assert placing.find([reported('nonsense'), {
        **reported('0000:01:00.0'), 'dev_type': 'type-XF'}]) == {
            'nonsense': {}, '0000:01:00.0': {}}


def test_a_report_gives_what_an_inventory_gives():
    """One rule for ``nova-pci devices`` and for the tracker."""
    devices = hgx_host.host().devices
    assert placing.find(report()) == {
        str(address): tags for address, tags in places.find(devices).items()}


def test_nova_forgets_the_tags_with_the_row(rows):
    started = device_rows.start(report(), make=tracker.PciDevTracker)
    device_rows.sync(started, [])
    device_rows.save(started)
    assert rows.rows == {}
