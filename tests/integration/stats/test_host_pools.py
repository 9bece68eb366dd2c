# SPDX-License-Identifier: Apache-2.0

"""The pools of a host, whichever state they are in."""

import pytest

from nova_pci_ext import stats
from tests import nova_hosts
from tests.nova_hosts import asked
from tests.nova_hosts import device
from tests.nova_hosts import family

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '0001', 'dev_type': 'type-VF'}
PF = {'vendor_id': '8086', 'product_id': '00ff', 'dev_type': 'type-PF'}


def test_equality_is_that_of_pools():
    one, two = (nova_hosts.compute_stats(family('0000:81:00.0', 1))
                for _ in range(2))
    assert nova_hosts.scheduler_stats(one) == nova_hosts.scheduler_stats(two)
    two.clear()
    assert one != two
    assert two == stats.PciDeviceStats(None)


def test_changes_through_the_live_view_are_seen():
    compute = nova_hosts.compute_stats([device('0000:01:00.0', 'type-PCI')])
    scheduler = nova_hosts.scheduler_stats(compute)
    request = asked({'product_id': '0001'})
    assert scheduler.support_requests([request], {})
    scheduler.pools[0]['count'] = 0
    assert not scheduler.support_requests([request], {})


def test_the_free_devices_of_each_node_in_all_three_states():
    compute = nova_hosts.compute_stats([
        device(f'0000:0{number}:00.1', numa=node)
        for number, node in ((1, 0), (2, 1), (3, 1), (4, None))])
    published = nova_hosts.scheduler_stats(compute)
    assert compute.free_by_node() == published.free_by_node() == {
        0: 1, 1: 2, None: 1}
    assert published.published is not None
    published.apply_requests([asked(VF, policy='required')], {},
                             nova_hosts.cells(1))
    assert published.free_by_node() == {0: 1, 1: 1, None: 1}
