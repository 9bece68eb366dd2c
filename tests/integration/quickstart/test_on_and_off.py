# SPDX-License-Identifier: Apache-2.0

"""PCI in Placement switched on, off and on again, in an embedded Nova."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

SERVERS = {'not yet': ['before'], 'reported': ['before'],
           'on': ['before', 'on'], 'off': ['before', 'on', 'off'],
           'on again': ['before', 'on', 'off', 'on again']}


def test_no_server_is_stuck_and_none_loses_a_device():
    """Until computes report, Placement knows no device."""
    told, held_at_last = gpu_cloud.run('on_off')
    assert told == [
        [step, name, 'ACTIVE', 2, step != 'not yet']
        for step, names in SERVERS.items() for name in names]
    assert held_at_last == [{}] * 4
