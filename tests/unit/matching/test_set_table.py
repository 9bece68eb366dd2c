# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.matching import demands
from nova_pci_ext.matching.set_table import bits
from nova_pci_ext.matching.set_table import SetTable
from nova_pci_ext.model.device_set import SetRule
from tests.pci_hosts import asked
from tests.pci_hosts import request
from tests.pci_hosts import vfs
from tests.set_hosts import constraint
from tests.set_hosts import placed


def table(rule, attribute, pools, count=2):
    return SetTable(demands.merge([demands.Ask(
        requests=(request('a', count, asked()),),
        constraints=(constraint(rule, attribute, (0,)),))]), pools)


def names(*args, **more):
    return [value.name for value in table(*args, **more).values[0]]


def test_of_values_that_will_do_the_one_with_the_least_to_spare_is_first():
    assert names(SetRule.SAME, 'pf', [
        vfs('0000:0a:00.0', 8), vfs('0000:0b:00.0', 3),
        vfs('0000:0c:00.0', 3)]) == [
            '0000:0b:00.0', '0000:0c:00.0', '0000:0a:00.0']


def test_groups_have_the_size_that_is_asked_and_break_few_others():
    def pool(number, **sizes):
        return placed(vfs(f'0000:{number:02x}:00.0', 1), {'link': sizes})

    pools = [pool(1, a=2, quad=4), pool(2, a=2, quad=4),
             pool(3, b=2, quad=4), pool(4, b=2, quad=4),
             pool(5, c=2), pool(6, c=2)]
    assert names(SetRule.GROUP, 'link', pools) == ['c', 'a', 'b']
    assert names(SetRule.GROUP, 'link', pools[1:]) == ['b', 'c', 'a']
    assert names(SetRule.GROUP, 'link', pools, count=4) == ['quad']
    assert names(SetRule.GROUP, 'link', pools, count=3) == []


def test_values_are_alike_unless_something_tells_them_apart():
    pools = [vfs('0000:0a:00.0', 2), vfs('0000:0b:00.0', 2),
             vfs('0000:0c:00.0', 1)]
    found = {value.name: value.likeness
             for value in table(SetRule.DISTINCT, 'pf', pools).values[0]}
    assert found['0000:0a:00.0'] == found['0000:0b:00.0']
    assert found['0000:0a:00.0'] != found['0000:0c:00.0']


def test_bits_are_numbers():
    assert list(bits(0b10110)) == [1, 2, 4]
