# SPDX-License-Identifier: Apache-2.0

"""Plans for servers that some hosts cannot have, in an embedded Nova."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_servers_move_only_to_hosts_that_nova_lets_them():
    assert gpu_cloud.run('moved_within', timeout=900) == {
        scene: [[target], [['ACTIVE', True]], 'ACTIVE'] for scene, target in {
            'damaged': 'h1', 'trait': 'h2', 'zone': 'h2'}.items()}
