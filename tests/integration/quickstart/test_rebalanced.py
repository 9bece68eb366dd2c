# SPDX-License-Identifier: Apache-2.0

"""Plans of ``nova-pci rebalance``, carried out in an embedded Nova.

``NOVA_PCI_MOVES`` sets the number of scenes, up to ten: ``make test-moves``
runs them all.
"""

import os

import pytest

from tests.embedded import gpu_cloud

SCENES = int(os.environ.get('NOVA_PCI_MOVES', '1'))

pytestmark = [pytest.mark.nova, pytest.mark.slow, pytest.mark.skipif(
    'NOVA_PCI_MOVES' not in os.environ, reason='make test-moves')]


def test_as_many_servers_are_active_as_the_plan_promised():
    for before, promised, moves, moved, booted in gpu_cloud.run(
            'rebalanced', SCENES, timeout=1500):
        assert (booted, moved) == (promised, [['ACTIVE', True]] * moves)
        assert (promised > before) == (moves > 0)
