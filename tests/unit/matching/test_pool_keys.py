# SPDX-License-Identifier: Apache-2.0

"""Which published pools are one and the same."""

import pytest

from nova_pci_ext.matching.pool_keys import pool_key

POOL = {'vendor_id': '8086', 'dev_type': 'type-VF', 'numa_node': 0,
        'count': 3, 'bandwidth_left_mbps': '5/9', 'rp_uuid': 'a'}


@pytest.mark.parametrize('other', [
    {'count': 1}, {'devices': []}, {'bandwidth_left_mbps': '9/9'},
    {'rp_uuid': 'b'}, {'numa_node': '0'}], ids=str)
def test_the_same_pool(other):
    assert pool_key({**POOL, **other}) == pool_key(POOL)


@pytest.mark.parametrize('other', [
    {'vendor_id': '10de'}, {'numa_node': 1}, {'numa_node': None},
    {'physical_network': 'a'}], ids=str)
def test_another_pool(other):
    assert pool_key({**POOL, **other}) != pool_key(POOL)
