# SPDX-License-Identifier: Apache-2.0

"""The profile of a direct port follows the devices of a server that moves."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

STEPS = ('booted', 'migrated', 'migrated, confirmResize', 'migrated again',
         'migrated again, revertResize', 'resized', 'resized, revertResize',
         'resized up', 'resized up, confirmResize', 'unshelved')


def test_the_profile_names_the_device_after_each_move():
    told = gpu_cloud.run('port_moves')
    for step in STEPS:
        status, named, owned, found = told[step]
        assert status in ('ACTIVE', 'VERIFY_RESIZE'), step
        assert named in owned, step
        assert found == [], step
    assert told['shelved'][3] == []
    # Nova finds the new device by the old one that the profile names.
    assert told['lied'][3] == ['port-other-device']
    status, *_ = told['lied and migrated']
    assert 'Unable to correlate PCI slot 0000:81:02.7' in status
