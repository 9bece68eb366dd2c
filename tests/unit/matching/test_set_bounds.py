# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import flow
from nova_pci_ext.matching.set_bounds import SetBounds
from nova_pci_ext.matching.set_branch import ELSEWHERE
from nova_pci_ext.matching.set_branch import Part
from nova_pci_ext.matching.set_branch import SetBranch
from nova_pci_ext.matching.set_table import SetTable
from nova_pci_ext.model.device_set import SetRule
from tests.pci_hosts import asked
from tests.pci_hosts import request
from tests.pci_hosts import vfs
from tests.set_hosts import constraint

#: 0a has VFs for both requests, 0b and 0c for one each.
POOLS = [vfs('0000:0a:00.0', 2), vfs('0000:0a:00.0', 1, product='0002'),
         vfs('0000:0b:00.0', 3), vfs('0000:0c:00.0', 3, product='0002')]


def short(rule, *counts, above=0):
    """Return (needed, values) of what is refused at once."""
    requests = tuple(request(f'r{product}', count, asked(f'000{product}'))
                     for product, count in enumerate(counts, 1))
    table = SetTable(demands.merge([demands.Ask(
        requests=requests, constraints=(constraint(
            rule, 'pf', *((number,) for number in range(len(counts)))),))]),
        POOLS)
    found = SetBounds(table, flow.Steps()).short(SetBranch(tuple(
        Part(bit, count, 0b1111, above=above)
        for bit, count in enumerate(counts))), 0)
    if found is None or found is ELSEWHERE:
        return found
    return found.needed, found.values


@pytest.mark.parametrize(('rule', 'counts', 'found'), [
    (SetRule.DISTINCT, (1, 2), None),
    (SetRule.DISTINCT, (3,), (3, (('0000:0a:00.0', 1),
                                  ('0000:0b:00.0', 1)))),
    (SetRule.DISTINCT, (2, 2), (4, (('0000:0b:00.0', 1),
                                    ('0000:0c:00.0', 1),
                                    ('0000:0a:00.0', 1)))),
    (SetRule.PAIR, (1, 1), None),
    (SetRule.PAIR, (2, 2), (2, (('0000:0a:00.0', 1),))),
    (SetRule.SAME, (2, 1), None),
    # Whether there are enough devices is for the flow to say.
    (SetRule.SAME, (9, 9), None),
])
def test_values_are_counted(rule, counts, found):
    assert short(rule, *counts) == found


def test_what_only_the_order_forbids_is_no_refusal():
    assert short(SetRule.DISTINCT, 1, above=2) is ELSEWHERE


def test_no_value_for_all():
    table = SetTable(demands.merge([demands.Ask(
        requests=(request('a', 1, asked('0001')),
                  request('b', 1, asked('0002'))),
        constraints=(constraint(SetRule.SAME, 'pf', (0,), (1,)),))]),
        POOLS[2:])
    found = SetBounds(table, flow.Steps()).short(SetBranch((
        Part(0, 1, 0b11), Part(1, 1, 0b11))), 0)
    assert (found.needed, found.values) == (1, ())
