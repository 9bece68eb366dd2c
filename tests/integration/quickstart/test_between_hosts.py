# SPDX-License-Identifier: Apache-2.0

"""A server keeps its devices while it is between two hosts."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_an_update_between_two_hosts_takes_no_device_away():
    told = gpu_cloud.run('between_hosts')
    (between,) = told['between']
    assert len(told['source']) == 2
    assert between == told['source']
    assert told['reverted'] == ['ACTIVE', told['source'], told['source']]
