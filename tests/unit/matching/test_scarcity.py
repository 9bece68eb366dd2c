# SPDX-License-Identifier: Apache-2.0

"""Sums over the hosts of a call, from those of the call before."""

import random

from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.cards import Shelf
from nova_pci_ext.matching.scarcity import Scarcity
from nova_pci_ext.matching.stocks import Value
from tests.pci_hosts import vfs

FAMILIES = [family_of(vfs('0000:81:00.0', 1, product=product).kind)
            for product in ('0001', '0002', '0003')]


def value(*whole):
    """What a host is worth with so many cards of each family."""
    return Value(tuple(Shelf(family, 0, count, 0) for family, count
                       in zip(FAMILIES, whole, strict=False) if count))


def test_each_call_has_the_sum_of_its_own_hosts():
    pick = random.Random(0)
    values = [value(*(pick.randint(0, 9) for _ in FAMILIES))
              for _ in range(40)]
    scarcity = Scarcity()
    for _ in range(200):
        hosts = pick.choices(values, k=pick.choice([0, 1, 5, 60]))
        assert scarcity.of(hosts) == score.scarcity(
            (each.nothing, 1) for each in hosts)


def test_few_changes_of_many_hosts():
    pick = random.Random(1)
    hosts = [value(*(pick.randint(0, 9) for _ in FAMILIES))
             for _ in range(100)]
    scarcity = Scarcity()
    for _ in range(50):
        hosts[pick.randrange(100)] = value(*(
            pick.randint(0, 90) for _ in FAMILIES))
        assert scarcity.of(hosts) == score.scarcity(
            (each.nothing, 1) for each in hosts)


def test_equal_shifts_are_one_object():
    scarcity = Scarcity()
    found = scarcity.of([value(4)])
    assert found == {FAMILIES[0]: (4 * CARD // CARD).bit_length()}
    assert scarcity.of([value(5)]) is found
    assert scarcity.of([value(9)]) is not found
    assert scarcity.of([value(4)]) is found
