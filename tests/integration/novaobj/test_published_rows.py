# SPDX-License-Identifier: Apache-2.0

"""Rows of which Nova cannot read a part."""

import json

import pytest
from nova import objects
from nova.objects import pci_device_pool

from nova_pci_ext.novaobj import published_rows

pytestmark = pytest.mark.nova

POOL = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2}


def read(row):
    objects.register_all()
    return [each.to_dict() if 'count' in each else None for each in
            published_rows.guarded(pci_device_pool.from_pci_stats)(
                row).objects]


def objects_of(*parts):
    whole = objects.PciDevicePoolList(objects=[
        objects.PciDevicePool.from_dict(POOL) for _ in parts]
        ).obj_to_primitive()
    for place, part in enumerate(parts):
        if part is not None:
            whole['nova_object.data']['objects'][place] = part
    return json.dumps(whole)


@pytest.mark.parametrize(('row', 'expected'), [
    (None, []),
    (json.dumps([POOL, POOL]), [POOL, POOL]),
    (json.dumps([POOL, {'vendor_id': '8086'}, 5]), [POOL, None, None]),
    ('{"nova_object.data": 5}', [None]),
    ('"text"', [None]),
], ids=['no row', 'old and whole', 'old with bad parts', 'no data', 'text'])
def test_rows(row, expected):
    assert read(row) == expected


def test_a_bad_object_among_good_ones():
    assert read(objects_of(None, {'nova_object.data': {}}, None)) == [
        POOL, None, POOL]


def test_guarding_twice_changes_nothing(monkeypatch):
    monkeypatch.setattr(pci_device_pool, 'from_pci_stats', lambda row: None)
    published_rows.guard()
    once = pci_device_pool.from_pci_stats
    published_rows.guard()
    assert pci_device_pool.from_pci_stats is once
