# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching.places import places


@pytest.mark.parametrize(('scores', 'expected'), [
    pytest.param([], [], id='no host'),
    pytest.param([-7], [0], id='one host'),
    pytest.param([5, 5, 5], [0, 0, 0], id='equal hosts share a place'),
    pytest.param([-3_000_000_000, 0, 1], [0, 1, 2],
                 id='a small difference is a place as a large one is'),
    pytest.param([4, 1, 4, -2, 1], [2, 1, 2, 0, 1],
                 id='places have no gaps between them'),
])
def test_places(scores, expected):
    assert places(scores) == expected
