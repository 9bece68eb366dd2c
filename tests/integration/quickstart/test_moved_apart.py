# SPDX-License-Identifier: Apache-2.0

"""Plans of moves, carried out in an embedded Nova.

``NOVA_PCI_MOVES`` sets the number of scenes, up to ten: ``make test-moves``
runs them all, and CI the first.
"""

import os

import pytest

from tests.embedded import gpu_cloud

SCENES = int(os.environ.get('NOVA_PCI_MOVES', '1'))

pytestmark = [pytest.mark.nova, pytest.mark.slow]

#: Moves of the plan of each scene of ``tests.embedded.moved_apart``.
MOVES = (1, 2, 2, 1, 2, 1, 1, 1, 1, 1)


def test_a_server_that_was_refused_is_active_after_the_moves():
    told = gpu_cloud.run('moved_apart', SCENES, timeout=1500)
    assert told == [
        [moves, 'ERROR', False, [['ACTIVE', True]] * moves, 'ACTIVE', True]
        for moves in MOVES[:SCENES]]
