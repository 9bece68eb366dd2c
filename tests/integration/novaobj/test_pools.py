# SPDX-License-Identifier: Apache-2.0

"""Published pools into ours."""

import pytest
from nova import objects

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.novaobj import pools

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2,
      'dev_type': 'type-VF', 'address': '0000:81:00.0', 'rp_uuid': 'rp',
      'Colour': 'Red'}


def published(*dicts):
    objects.register_all()
    return [objects.PciDevicePool.from_dict(each) for each in dicts]


def test_dicts_and_objects_are_read_alike():
    [pool] = pools.pools_from_dicts([dict(VF, devices=[])])
    assert pools.pools_from_objects(published(VF)) == (pool,)
    assert (pool.group, pool.provider, pool.free, pool.addresses) == (
        '0000:81:00.0', 'rp', 2, ())
    assert (pool.kind.dev_type, pool.kind.numa_node) == (DeviceType.VF, 0)


def test_pools_that_cannot_be_read_are_left_out():
    bad = published(VF, dict(VF, count=-1), VF)
    assert len(pools.pools_from_objects(bad)) == 2


def test_one_and_true_are_not_one_class():
    kinds = [pools.pools_from_dicts([dict(VF, Colour=value)])[0].kind
             for value in ('1', 1, True)]
    assert [dict(kind.tags)['Colour'] for kind in kinds] == ['1', '1', 'true']


def test_a_place_is_read_apart_from_what_a_device_is():
    place = {'pcie_root': '0000:40:00.0', 'card': 'ABC',
             'device_group_nvlink': 'p0:8,p3:2'}
    one, other, third, plain = pools.pools_from_dicts([
        {**VF, **place}, {**VF, **place}, {**VF, 'card': 'ABC'}, VF])
    assert one.place == (('card', 'abc'), ('device_group_nvlink', 'p0:8,p3:2'),
                         ('pcie_root', '0000:40:00.0'))
    assert (third.place, plain.place) == ((('card', 'abc'),), ())
    assert one.kind is other.kind
    assert one.kind == third.kind == plain.kind
    # Hosts that are built alike share it.
    assert one.place is other.place
    assert pools.pools_from_objects(published({**VF, **place})) == (one,)


def test_a_place_that_is_no_text_is_read_anew():
    assert [pools.pools_from_dicts([dict(VF, card=value)])[0].place
            for value in (1, True, ['b', 'a'], None)] == [
        (('card', '1'),), (('card', 'true'),), (('card', 'a,b'),), ()]


def test_the_objects_of_a_list_that_was_read_without_any():
    assert pools.pool_objects(objects.PciDevicePoolList()) == []
    found = published(VF)
    assert pools.pool_objects(found) is found
    assert pools.pool_objects(
        objects.PciDevicePoolList(objects=found)) == found
