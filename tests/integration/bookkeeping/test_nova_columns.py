# SPDX-License-Identifier: Apache-2.0

import json

import pytest
from nova import objects

from nova_pci_ext.auditing.books import Pool
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.bookkeeping import nova_columns

pytestmark = pytest.mark.nova
objects.register_all()

POOL = {'vendor_id': '8086', 'product_id': '154c', 'numa_node': None,
        'count': 3, 'tags': {'dev_type': 'type-VF'}}
REQUEST = {'count': 1, 'spec': [{}], 'alias_name': 'a1', 'request_id': 'r',
           'requester_id': None}


def written(pools):
    """Return the text that Nova writes of pools."""
    return json.dumps(objects.PciDevicePoolList(objects=[
        objects.PciDevicePool(**pool) for pool in pools]).obj_to_primitive())


def test_pools_are_read_as_nova_writes_them():
    assert nova_columns.read_pools(written([POOL])) == (Pool(
        vendor_id='8086', product_id='154c', numa_node=None, count=3,
        dev_type='type-VF'),)
    assert nova_columns.read_pools(None) == ()


@pytest.mark.parametrize('text', [
    written([{**POOL, 'tags': {}}]), '{"nova_object.namespace": 1}', '[[1]]',
], ids=['no type', 'no object', 'no pool'])
def test_pools_that_cannot_be_read(text):
    assert nova_columns.read_pools(text) is None


def test_requests_are_read_as_nova_writes_them():
    port = {**REQUEST, 'alias_name': None, 'requester_id': 'port'}
    assert nova_columns.read_requests(
        'u', json.dumps([REQUEST, port]), None) == (
        Request(request_id='r', count=1),
        Request(request_id='r', count=1, port='port'))
    assert nova_columns.read_requests('u', None, None) == ()


def kept(bandwidth):
    """Return the text that Nova keeps of a flavor with an instance."""
    return json.dumps({'cur': objects.Flavor(extra_specs={
        'pci_passthrough:alias': 'a1:1',
        'pci_passthrough:bandwidth': bandwidth}).obj_to_primitive(),
        'old': None, 'new': None})


@pytest.mark.parametrize(('bandwidth', 'takes'), [
    ('2500:a1', 2500), ('10:ports', 0), ('many:a1', None)])
def test_what_a_request_takes_is_what_the_flavor_of_the_instance_says(
        bandwidth, takes):
    assert nova_columns.read_requests(
        'u', json.dumps([REQUEST]), kept(bandwidth)) == (
        Request(request_id='r', count=1, takes=takes),)


@pytest.mark.parametrize('flavor', ['{', '{"new": null}', '[]', '7'])
def test_requests_are_read_though_the_flavor_cannot_be(flavor):
    assert nova_columns.read_requests('u', json.dumps([REQUEST]), flavor) == (
        Request(request_id='r', count=1, takes=None),)


@pytest.mark.parametrize('text', [
    '[{}]', '[', '7', pytest.param('[' * 200_000, id='deep')])
def test_requests_that_cannot_be_read(text):
    assert nova_columns.read_requests('u', text, None) is None


@pytest.mark.parametrize(('text', 'expected'), [
    (None, {}), ('', {}), ('[]', None), ('{', None),
    pytest.param('[' * 200_000, None, id='deep'),
    ('{"managed": "false"}', {'managed': 'false'})])
def test_extra_info_is_what_it_is(text, expected):
    assert nova_columns.extra_info(text) == expected
