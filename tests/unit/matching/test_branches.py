# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching.branches import Refusal
from nova_pci_ext.matching.supply import ContestedGroup
from nova_pci_ext.matching.supply import Supply

# Demand 0 (mask 1) wants PFs, demand 1 (mask 2) wants VFs.


def contest(group, vfs):
    """Return a group whose PF serves demand 0 and whose VFs demand 1."""
    return ContestedGroup(group, ((1, 1),), ((2, vfs),))


@pytest.mark.parametrize('counts, supply, wanted', [
    pytest.param((1, 4), Supply({}, (contest('a', 4), contest('b', 2))), (),
                 id='the smaller one is given'),
    pytest.param((1, 2), Supply({1: 1}, (contest('a', 2),)), (),
                 id='a PF without useful VFs is enough'),
    pytest.param((2, 1), Supply({}, (contest('a', 4), contest('b', 2))),
                 (Refusal(0b10, ('b', 'a'), ()),
                  Refusal(0b01, ('b',), ('a',)),
                  Refusal(0b01, (), ('b', 'a'))),
                 id='every branch is refused'),
    pytest.param((3, 0), Supply({}, (contest('a', 4), contest('b', 2))),
                 (Refusal(0b01),), id='refused whatever is given'),
])
def test_refusals(counts, supply, wanted):
    assert branches.refusals(counts, supply, flow.Steps()) == wanted


@pytest.mark.parametrize('pfs', [1, 4, 8])
def test_a_chain_opens_two_branches_a_pf(pfs):
    contested = tuple(contest(f'{number:02}', 8 + number)
                      for number in range(16))
    vfs = sum(8 + number for number in range(pfs, 16))
    assert branches.refusals((pfs, vfs), Supply({}, contested),
                             flow.Steps()) == ()
    refused = branches.refusals((pfs, vfs + 1), Supply({}, contested),
                                flow.Steps())
    assert 1 <= len(refused) <= 2 * pfs + 1
