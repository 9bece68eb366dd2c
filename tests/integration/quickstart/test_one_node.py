# SPDX-License-Identifier: Apache-2.0

"""A server is not refused while a host fits, in an embedded Nova."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_four_gpus_of_one_node_are_found_each_time():
    """With Nova's candidates, ten a host, all of eight servers failed."""
    assert gpu_cloud.run('one_node', 'ours', 8) == [{'ACTIVE': 8}, True]
