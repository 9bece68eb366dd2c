# SPDX-License-Identifier: Apache-2.0

"""States of devices, and who is a relative."""

from nova_pci_ext.model import claim


def test_every_state_but_available_is_of_one_kind():
    kinds = (claim.OWNED, claim.DEPENDENT, claim.GONE)
    assert sorted(state for kind in kinds for state in kind) == sorted(
        state for state in claim.ClaimState
        if state is not claim.ClaimState.AVAILABLE)


def test_parents_and_children_are_relatives():
    assert claim.DeviceClaim(
        address='b', parents=('a', 'x'), children=('c',)).relatives == (
        'a', 'x', 'c')
