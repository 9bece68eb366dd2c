# SPDX-License-Identifier: Apache-2.0

"""Statistics that nobody has changed yet."""

import dataclasses

import pytest
from nova import objects

from nova_pci_ext.matching import demands
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.stats.published_pools import PublishedPools

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2}
TAGGED = dict(VF, physical_network='p1')


def published(*dicts):
    objects.register_all()
    return PublishedPools(objects.PciDevicePoolList(objects=[
        objects.PciDevicePool.from_dict(each) for each in dicts]))


def test_nothing_was_published():
    empty = PublishedPools(None)
    assert (empty.objects, empty.compiled(), empty.dicts()) == ([], (), [])


def test_pools_with_few_keys_come_first_and_bad_ones_not():
    found = published(TAGGED, VF, dict(VF, count=-1))
    assert found.dicts() == [VF, TAGGED]
    assert [pool.free for pool in found.compiled()] == [2, 2]
    assert len(found.objects) == 3
    assert found.compiled() is found.compiled() is found.remaining()


def test_equal_questions_about_hosts_share_what_the_rules_said():
    asked = demands.Ask(requests=(
        DeviceRequest(request_id='r', name='a1', count=1,
                      alternatives=(Alternative(product_id='1520'),)),))
    assert published(VF).together(asked) is published(
        TAGGED).together(dataclasses.replace(asked))
