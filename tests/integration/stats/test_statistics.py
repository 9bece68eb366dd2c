# SPDX-License-Identifier: Apache-2.0

"""Statistics on the compute: devices come, go, and come back."""

import pytest
from nova import objects

from nova_pci_ext import stats
from tests import nova_hosts
from tests.nova_hosts import asked
from tests.nova_hosts import family

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '0001', 'dev_type': 'type-VF'}
PF = {'vendor_id': '8086', 'product_id': '00ff', 'dev_type': 'type-PF'}


def free(compute):
    """Return the addresses of the free devices, sorted."""
    return sorted(dev.address for dev in compute.get_free_devs())


def test_a_vf_takes_its_pf_out_and_freeing_restores_all():
    devices = family('0000:81:00.0', 2, provider='rp-pf',
                     child_provider='rp-vf')
    compute = nova_hosts.compute_stats(devices)
    before = sorted(map(repr, compute))
    taken = compute.consume_requests([asked(VF)])
    assert [dev.address for dev in taken] == ['0000:81:01.1']
    assert free(compute) == ['0000:81:01.0']
    compute.add_device(taken[0])
    compute.add_device(devices[0])
    assert sorted(map(repr, compute)) == before
    assert {pool['rp_uuid'] for pool in compute} == {'rp-pf', 'rp-vf'}


def test_a_pf_takes_its_vfs_out():
    compute = nova_hosts.compute_stats(
        family('0000:81:00.0', 2) + family('0000:82:00.0', 1))
    taken = compute.consume_requests([asked(PF)])
    assert [dev.address for dev in taken] == ['0000:81:00.0']
    assert free(compute) == ['0000:82:00.0', '0000:82:01.0']


@pytest.mark.parametrize('turn', [1, -1])
def test_devices_of_a_pool_are_taken_from_the_last_address(turn):
    compute = nova_hosts.compute_stats(
        family('0000:81:00.0', 4)[1:][::turn])
    taken = compute.consume_requests([asked(VF, count=3)])
    assert [dev.address for dev in taken] == [
        '0000:81:01.3', '0000:81:01.2', '0000:81:01.1']


def test_applying_leaves_the_published_rows_alone():
    compute = nova_hosts.compute_stats(family('0000:81:00.0', 2))
    rows = compute.to_device_pools_obj()
    before = repr(rows)
    scheduler = stats.PciDeviceStats(None, stats=rows)
    scheduler.apply_requests([asked(VF)], {})
    assert [(pool['dev_type'], pool['count'])
            for pool in scheduler.pools] == [('type-VF', 1)]
    assert repr(rows) == before


def test_a_plain_list_of_pools_will_do():
    published = nova_hosts.compute_stats(
        [nova_hosts.device('0000:01:00.0')]).to_device_pools_obj()
    found = stats.PciDeviceStats(None, list(published.objects))
    assert found.published == list(published.objects)
    assert [pool['address'] for pool in found.pools] == ['0000:01:00.0']
    assert stats.PciDeviceStats(
        None, objects.PciDevicePoolList()).compiled() == ()
