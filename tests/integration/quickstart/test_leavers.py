# SPDX-License-Identifier: Apache-2.0

"""Whoever is said to make room by leaving makes room, and nobody else."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


@pytest.mark.parametrize('candidates', ['ours', 'nova'])
def test_with_devices_in_placement(candidates):
    """Placement offers some of the devices of the host, or none at all."""
    told = gpu_cloud.run('leavers', candidates, timeout=1200)
    assert told['said'] == {
        # All of the six together are enough, and seven never are.
        'a1:3': ['one', 'three'], 'a1:5': ['three'], 'a1:6': [],
        'a1:7': None, 'class:1': ['both'], 'class:2,a1:2': ['both']}
    assert {alias: sorted(names) for alias, names in told['done'].items()
            } == {alias: names or [] for alias, names in told['said'].items()}
