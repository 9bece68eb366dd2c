# SPDX-License-Identifier: Apache-2.0

"""Plain rows are read as Nova reads them, all others by Nova."""

import json

import pytest
from nova import objects

from nova_pci_ext import novaobj
from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.novaobj import row_pools
from tests.integration.novaobj.test_row_objects import NOVAS_POOLS
from tests.integration.scheduler.test_damaged_rows import ROWS

pytestmark = pytest.mark.nova

POOL = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': None,
        'count': 2, 'dev_type': 'type-VF', 'physical_network': None}
READ = published_rows.guarded(NOVAS_POOLS)


def text(*pools):
    return json.dumps(objects.PciDevicePoolList(objects=[
        objects.PciDevicePool.from_dict(pool) for pool in pools]
        ).obj_to_primitive())


def test_a_plain_row_has_pools_as_nova_would_have_them():
    row = text(POOL, dict(POOL, numa_node=1, tag='x'))
    ours = row_pools.plain_pools(row)
    novas = READ(row).objects
    assert [type(pool) for pool in ours] == [row_pools.RowPool] * 2
    assert [pool.to_dict() for pool in ours] == [
        pool.to_dict() for pool in novas]
    assert [list(pool.to_dict()) for pool in ours] == [
        list(pool.to_dict()) for pool in novas]
    assert novaobj.pools_from_objects(ours) == novaobj.pools_from_objects(
        novas)
    assert all(name in ours[0] for name in objects.PciDevicePool.fields)


@pytest.mark.parametrize('plain, other', [
    ('"count": 2', '"count": "2"'), ('"count": 2', '"count": true'),
    ('"count": 2', '"count": 2.0'), ('"count": 2', '"count": NaN'),
    ('"count": 2', '"count": null'), ('"numa_node": null', '"numa_node": "0"'),
    ('"1520"', '1520'), ('"8086"', 'null'), ('"1.1"', '"1.0"'),
    ('"PciDevicePool"', '"PciDevice"'), ('"nova"', '"cinder"'),
    ('"type-VF"', '["type-VF"]'), ('"type-VF"', '7'),
    ('"type-VF"', r'"\ud800"'), ('"type-VF"', '"\ud800"'),
    ('"type-VF"', '"a\nb"'), ('"vendor_id": ', '"vendor": '),
    ('"nova_object.data"', '"data"'), ('["', '[7, "'),
    ('["objects"]', '["address"]'), ('}', '} x'), ('{', '{' * 10**5)])
def test_any_other_row_is_left_to_nova(plain, other):
    row = text(POOL)
    assert row_pools.plain_pools(row) is not None
    found = row.replace(plain, other)
    assert found != row
    assert row_pools.plain_pools(found) is None


@pytest.mark.parametrize('same', [
    ('"count": 2', '"count": 3, "count": 2'),
    ('"count": 2', '"count": 2, "y": 1'),
    ('"type-VF"', r'"type-\u0056F"'), (': ', ':\n ')])
def test_other_ways_to_write_a_plain_row(same):
    pool, = row_pools.plain_pools(text(POOL).replace(*same))
    assert pool.to_dict() == POOL


@pytest.mark.parametrize('first', range(0, len(ROWS), 50))
def test_every_damaged_row_is_compiled_as_from_novas_objects(first):
    for row in ROWS[first:first + 50]:
        ours = row_pools.RowPools(row, READ)
        novas = READ(row).objects
        assert novaobj.pools_from_objects(ours) == (
            novaobj.pools_from_objects(novas)), row
        assert len(ours) == len(novas)


def test_a_row_is_read_once_and_only_when_needed():
    read = []

    def reader(row):
        read.append(row)
        return READ(row)

    ours = row_pools.RowPools('[]', reader)
    assert read == []
    assert (len(ours), list(ours), ours[:1]) == (0, [], [])
    assert read == ['[]']
    plain = row_pools.RowPools(text(POOL), reader)
    assert plain[0].to_dict() == POOL
    assert read == ['[]']
