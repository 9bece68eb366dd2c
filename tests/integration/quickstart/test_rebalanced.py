# SPDX-License-Identifier: Apache-2.0

"""Plans of ``nova-pci rebalance``, carried out in an embedded Nova.

``NOVA_PCI_MOVES`` sets the number of scenes, up to ten: ``make test-moves``
runs them all, and CI the first.
"""

import os

import pytest

from tests.embedded import gpu_cloud

SCENES = int(os.environ.get('NOVA_PCI_MOVES', '1'))

pytestmark = [pytest.mark.nova, pytest.mark.slow]

#: Servers that fit before and after the plan of each scene of
#: ``tests.embedded.rebalanced``, and its moves.
FOUND = ((0, 2, 2),)


def test_as_many_servers_are_active_as_the_plan_promised():
    told = gpu_cloud.run('rebalanced', SCENES, timeout=1500)
    assert told == [
        [before, after, moves, [['ACTIVE', True]] * moves, after]
        for before, after, moves in FOUND[:SCENES]]
