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


def two_sorts(pfs, step=1):
    """Return groups whose VFs are of two sorts, split differently."""
    return tuple(ContestedGroup(f'{number:02}', ((1, 1),), (
        (2, step * (1 + number)), (4, step * (pfs - number))))
        for number in range(pfs))


@pytest.mark.parametrize('pfs', [18, 22, 64])
def test_a_bound_refuses_what_no_choice_can_serve(pfs):
    # Half of the PFs leave half of all VFs, of both sorts together.
    contested = two_sorts(pfs)
    half = pfs * (pfs + 1) // 4
    steps = flow.Steps()
    refused = branches.refusals((pfs // 2, half + 1, half + 1),
                                Supply({}, contested), steps)
    assert len(refused) == branches.KEPT
    assert steps.taken < 100 * pfs


def test_a_search_without_an_end_is_given_up_and_keeps_little():
    # Even numbers of VFs, and odd ones are asked: no bound tells.
    contested = two_sorts(24, step=2)
    counts = 12, 2 * 12 * 25 // 2 - 1, 2 * 12 * 25 // 2 + 1
    steps = flow.Steps(20_000)
    with pytest.raises(flow.OutOfSteps):
        branches.refusals(counts, Supply({}, contested), steps)
    assert 20_000 < steps.taken < 21_000


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(branches, 'REMEMBERED', 10)
    seen = branches._Seen()
    root = branches._Branch({1: 0}, (), Refusal(0))
    found = [seen.covers(root._replace(loose={1: count}))
             for count in range(20)]
    assert found == [False] * 20
    # The ninth to the sixteenth were the last to be remembered.
    again = [seen.covers(root._replace(loose={1: count}))
             for count in range(20)]
    assert again == [True] * 10 + [False] * 10
