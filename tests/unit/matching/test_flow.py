# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import flow


@pytest.mark.parametrize('counts, supply, wanted', [
    pytest.param([], {}, 0, id='nothing asked'),
    pytest.param([1], {}, 0b1, id='nothing there'),
    pytest.param([2], {0b1: 2}, 0, id='just enough'),
    pytest.param([2, 1], {0b01: 2, 0b10: 1}, 0, id='nobody competes'),
    pytest.param([1, 1], {0b11: 1, 0b01: 1}, 0, id='the other one is moved'),
    pytest.param([1, 1], {0b11: 1}, 0b11, id='both want the only one'),
    pytest.param([1, 1, 1], {0b011: 1, 0b110: 1, 0b001: 1}, 0,
                 id='two are moved'),
    pytest.param([1, 2, 1], {0b011: 2, 0b100: 1}, 0b011,
                 id='who has enough is not a part of the proof'),
])
def test_violator(counts, supply, wanted):
    assert flow.violator(counts, supply, flow.Steps()) == wanted


@pytest.mark.parametrize('size, steps', [(4, 34), (8, 116), (16, 424)])
def test_effort_of_a_chain_that_moves_everybody(size, steps):
    # Demand n takes what n + 1 wants; the only spare device is for demand 0.
    supply = {3 << number: 1 for number in range(size - 1)}
    supply[1 | 3 << size] = 1
    counts = [1] * size + [0, 0]
    taken = flow.Steps()
    assert flow.violator(counts, supply, taken) == 0
    assert taken.taken == steps
    assert taken.taken <= (size + 1) * len(counts) * len(supply)
