# SPDX-License-Identifier: Apache-2.0

"""Pools that cannot be read, and why."""

import pytest
from nova import objects

from nova_pci_ext.novaobj import damaged_pools

pytestmark = pytest.mark.nova

WHOLE = {'vendor_id': '8086', 'product_id': '1520', 'count': 2,
         'numa_node': 0, 'tags': {'dev_type': 'type-VF'}}


def pool(**fields):
    objects.register_all()
    return objects.PciDevicePool(**fields)


def without(*names):
    return {name: value for name, value in WHOLE.items()
            if name not in names}


@pytest.mark.parametrize(('fields', 'fault'), [
    (WHOLE, None), (without('numa_node'), None),
    ({}, 'Nova cannot read it'), ({'numa_node': 0}, 'Nova cannot read it'),
    (without('vendor_id'), 'it has no vendor_id'),
    (without('tags'), 'it has no tags'),
    (dict(WHOLE, count=-1), 'its count is -1'),
    (dict(WHOLE, tags={'count': 'x'}), 'it has a tag named count'),
], ids=['whole', 'an old compute', 'empty', 'a NUMA node alone',
        'no vendor', 'no tags', 'less than none', 'a tag like a field'])
def test_faults(fields, fault):
    assert damaged_pools.fault(pool(**fields)) == fault


def test_what_can_be_read_keeps_its_order():
    old, bad, good = (pool(**without('numa_node')),
                      pool(**dict(WHOLE, count=-1)), pool(**WHOLE))
    assert damaged_pools.readable([old, bad, good]) == [old, good]
    assert old.numa_node is None


def test_dicts_of_novas_own_statistics():
    good = {'count': 0}
    assert damaged_pools.readable_dicts(
        [{}, {'count': None}, {'count': -1}, good]) == [good]
