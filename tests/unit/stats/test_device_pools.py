# SPDX-License-Identifier: Apache-2.0

import types

from nova_pci_ext.model.verdict import Take
from nova_pci_ext.stats.device_pools import DevicePools


def device(address, provider=None):
    """Return what DevicePools looks at."""
    return types.SimpleNamespace(
        address=address, extra_info={'rp_uuid': provider} if provider else {})


def properties(product='0001', group='0000:81:00.0', **tags):
    """Return the properties of a pool."""
    return {'product_id': product, 'address': group, **tags}


def test_devices_of_equal_properties_share_a_pool():
    pools = DevicePools([])
    one, two = device('0000:81:01.0', 'rp-1'), device('0000:81:01.1')
    pools.add(one, properties())
    pools.add(two, properties())
    assert pools.pools == [{
        'product_id': '0001', 'address': '0000:81:00.0', 'count': 2,
        'devices': [one, two], 'rp_uuid': 'rp-1'}]


def test_pools_with_few_keys_come_first():
    pools = DevicePools([])
    pools.add(device('0000:81:01.0'), properties(trusted='true'))
    pools.add(device('0000:82:01.0'), properties(group='0000:82:00.0'))
    assert [pool['address'] for pool in pools.pools] == [
        '0000:82:00.0', '0000:81:00.0']


def test_an_address_is_in_a_pool_once():
    pools = DevicePools([])
    pools.add(device('0000:81:01.0'), properties())
    pools.add(device('0000:81:01.0'), properties())
    assert [pool['count'] for pool in pools.pools] == [1]


def test_taking_leaves_an_empty_pool_and_removing_drops_it():
    pools = DevicePools([])
    dev = device('0000:81:01.0')
    pools.add(dev, properties())
    pool = pools.home(dev)
    pools.take(dev, pool)
    assert (pools.home(dev), pools.pools) == (None, [pool])
    assert pool['count'] == 0
    pools.add(dev, properties())
    assert pools.home(dev) is pool
    pools.remove([dev])
    assert (pools.home(dev), pools.pools) == (None, [])


def test_what_is_not_in_the_pools_is_not_removed():
    pools = DevicePools([])
    one, two, other = map(device, (
        '0000:81:01.0', '0000:81:01.1', '0000:82:01.0'))
    for dev in (one, two):
        pools.add(dev, properties())
    pools.remove([other, one, one])
    assert [(pool['count'], pool['devices']) for pool in pools.pools] == [
        (1, [two])]


def taking(pool, count, request_id):
    """Return a take from the first pool."""
    return Take(request_id=request_id, name='vf', pool=pool, count=count,
                position=0)


def pools_of_a_card():
    """Return the pools of three VFs and of their PF."""
    vfs = [device(f'0000:81:01.{number}') for number in range(3)]
    pools = DevicePools([])
    for dev in vfs:
        pools.add(dev, properties(
            vendor_id='8086', numa_node=0, dev_type='type-VF'))
    pools.add(device('0000:81:00.0'), properties(
        product='0002', vendor_id='8086', numa_node=0, dev_type='type-PF'))
    return vfs, pools


def test_choosing_takes_the_last_devices_and_changes_nothing():
    vfs, pools = pools_of_a_card()
    pool = pools.compiled()[0]
    before = [dict(pool, devices=list(pool['devices']))
              for pool in pools.pools]
    assert pools.choose([taking(pool, 1, 'r1'), taking(pool, 2, 'r2')]) == [
        (vfs[2], 'r1'), (vfs[1], 'r2'), (vfs[0], 'r2')]
    assert pools.pools == before
    assert not any(hasattr(dev, 'request_id') for dev in vfs)


def test_handing_out_gives_what_was_chosen_and_drops_the_pf():
    vfs, pools = pools_of_a_card()
    taken = pools.hand_out([taking(pools.compiled()[0], 2, 'r1')])
    assert taken == [vfs[2], vfs[1]]
    assert [dev.request_id for dev in taken] == ['r1', 'r1']
    assert [(pool['dev_type'], pool['devices']) for pool in pools.pools] == [
        ('type-VF', [vfs[0]])]


def test_dropping_a_pool_forgets_its_devices():
    pools = DevicePools([])
    devices = [device('0000:81:01.0'), device('0000:81:01.1')]
    for dev in devices:
        pools.add(dev, properties())
    pools.drop(list(pools.pools))
    assert [pools.home(dev) for dev in devices] == [None, None]
    assert not pools.holds('0000:81:01.0')


def test_pools_that_exist_are_indexed():
    dev = device('0000:81:01.0')
    pool = dict(properties(), count=1, devices=[dev])
    pools = DevicePools([pool])
    assert pools.home(dev) is pool
    assert pools.belongs(pool, properties())
    assert not pools.belongs(pool, properties('0002'))


def test_a_device_is_found_by_identity_before_devices_are_compared():
    class Compared:
        """A device that counts how often it is compared."""

        extra_info = {}
        times = 0

        def __init__(self, address):
            self.address = address

        def __eq__(self, other):
            Compared.times += 1
            return self.address == other.address

        __hash__ = None

    pools = DevicePools([])
    devices = [Compared(f'0000:81:{number:02x}.0') for number in range(32)]
    for dev in devices:
        pools.add(dev, properties())
    for dev in devices[::-1]:
        pools.remove([dev])
    assert (Compared.times, pools.pools) == (0, [])
    pools.add(devices[0], properties())
    pools.take(Compared(devices[0].address), pools.pools[0])
    assert Compared.times == 1
