# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as a fleet."""

import dataclasses

import pytest

from nova_pci_ext.explaining import recorded as explained
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE, TWO = (f'{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}'
            for digit in '78')


def renamed(found, owner):
    return dataclasses.replace(found, host=owner, devices=tuple(
        dataclasses.replace(device, owner=device.owner and owner)
        for device in found.devices))


def test_hosts_that_differ_in_names_only_have_one_key():
    with recorded.fleet(
            recorded.host('nic', 'b'), renamed(recorded.host('busy'), 'd'),
            recorded.host('nic', 'a'), renamed(recorded.host('busy'), 'c'),
            ) as fleet:
        found = fleet.hosts(fleet.spec(recorded.server('vf:1')))
    assert [each.name for each in found] == ['a', 'b', 'c', 'd']
    keys = [each.key for each in found]
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_equal_hosts_have_their_own_owners():
    with recorded.fleet(renamed(recorded.host('busy'), ONE),
                        renamed(recorded.host('busy'), TWO)) as fleet:
        spec = fleet.spec(recorded.server('vf:3'))
        one, two = fleet.hosts(spec)
        assert (one.host.owners(), two.host.owners()) == ((ONE,), (TWO,))
        assert one.key == two.key
        assert one.freed([ONE]) == two.freed([TWO]) != two.freed([])
        pools = [sum(pool['count'] for pool in each.state.pci_stats.pools)
                 for each in (one.host, one.host.without([ONE]), two.host,
                              two.host.without([TWO]))]
        assert pools[0] == pools[2] < pools[1] == pools[3]
        assert one.host.without([ONE]).owners() == ()


def test_a_host_is_the_same_after_it_was_asked_without_owners():
    inventory = recorded.host('busy')
    with recorded.fleet(inventory) as fleet:
        spec = fleet.spec(recorded.server('vf:3'))
        read = explained.RecordedHost(inventory)
        before = read.content()
        owners = read.host(spec).owners()
        read.host(spec).without(owners[:1])
        assert read.content() == before
        left = [sum(pool['count'] for pool in found.state.pci_stats.pools)
                for found in (read.host(spec).without(owners[:1]),
                              explained.read_host(dataclasses.replace(
                                  inventory, devices=tuple(
                                      dataclasses.replace(
                                          device, owner=None)
                                      if device.owner == owners[0] else device
                                      for device in inventory.devices)),
                                  spec))]
        assert left[0] == left[1]
