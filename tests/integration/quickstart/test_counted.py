# SPDX-License-Identifier: Apache-2.0

"""What is said of all hosts of an embedded Nova while servers come."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_the_counts_follow_servers_drains_faults_and_services():
    told = gpu_cloud.run('counted')
    mine = told.pop('mine')
    # Free, used, drained, drained and used, unhealthy, whole group, disabled.
    assert told == {
        'empty': {'h0 h1 h2': [4, 0, 0, 0, 0, 4, False]},
        'a pair': {'h0': [2, 2, 0, 0, 0, 2, False],
                   'h1 h2': [4, 0, 0, 0, 0, 4, True]},
        'drained': {'h0': [2, 2, 0, 1, 0, 2, False],
                    'h1': [3, 0, 1, 0, 0, 2, True],
                    'h2': [4, 0, 0, 0, 0, 4, True]},
        'rows': [['h0', mine[0], 'bad fan', True],
                 ['h1', '0000:10:00.0', 'bad fan', False]],
        'unhealthy': {'h0': [2, 2, 0, 1, 1, 2, False],
                      'h1': [3, 0, 1, 0, 1, 2, True],
                      'h2': [4, 0, 0, 0, 1, 4, True]},
        'all again': {'h0 h1 h2': [4, 0, 0, 0, 0, 4, False]}}
