# SPDX-License-Identifier: Apache-2.0

import types

from nova_pci_ext.matching import demands
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import Origin
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
        (vfs[2], 'r1', 0), (vfs[1], 'r2', 0), (vfs[0], 'r2', 0)]
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
    pools.move(dev, pool, properties())
    assert pools.home(dev) is pool
    pools.move(dev, pool, properties('0002'))
    assert pools.pools == [{**properties('0002'), 'count': 1,
                            'devices': [dev]}]


def test_a_device_comes_back_to_the_pool_that_it_left():
    pools = DevicePools([])
    dev, other = device('0000:81:01.0'), device('0000:81:01.0')
    assert not pools.give_back(dev, '0000:81:01.0')
    pools.add(dev, properties())
    pools.remove([dev])
    assert not pools.give_back(other, '0000:81:01.0')
    assert pools.give_back(dev, '0000:81:01.0')
    assert pools.pools == [{**properties(), 'count': 1, 'devices': [dev]}]


def test_properties_that_are_forgotten_are_read_anew():
    pools = DevicePools([])
    devices = [device('0000:81:01.0'), device('0000:81:01.1')]
    for dev in devices:
        pools.add(dev, properties())
    pools.remove(devices)
    pools.forget('0000:81:01.0')
    assert [pools.give_back(dev, dev.address) for dev in devices] == [
        False, True]
    pools.remove(devices)
    pools.forget_all()
    assert not pools.give_back(devices[1], '0000:81:01.1')


def test_pools_that_nobody_changed_are_compiled_once():
    pools = DevicePools([])
    one, two = device('0000:81:01.0'), device('0000:82:01.0')
    for dev, group in ((one, '0000:81:00.0'), (two, '0000:82:00.0')):
        pools.add(dev, properties(group=group, vendor_id='8086'))
    before = pools.compiled()
    pools.add(device('0000:82:01.1'), properties(
        group='0000:82:00.0', vendor_id='8086'))
    after = pools.compiled()
    assert after[0] is before[0]
    assert [pool.free for pool in after] == [1, 2]
    pools.pools[0]['count'] = 5
    assert [pool.free for pool in pools.compiled()] == [5, 2]


def test_one_instance_is_asked_about_and_claimed_for_with_one_reading():
    pools = DevicePools([])
    ask, equal, other = (demands.Ask(requests=(DeviceRequest(
        request_id='r1', name='a1', count=count, origin=Origin.FLAVOR,
        alternatives=(Alternative(vendor_id='8086'),)),))
        for count in (1, 1, 2))
    merged = pools.together(ask)
    assert pools.together(equal) is merged
    assert pools.together(other).counts == (2,)


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
