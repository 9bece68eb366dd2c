# SPDX-License-Identifier: Apache-2.0

"""After every move a server holds what it owns, in the embedded Nova."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

STEPS = {
    'boot': 'ACTIVE', 'migrated': 'VERIFY_RESIZE', 'migrated, source': '',
    'confirmed': 'ACTIVE', 'migrated again': 'VERIFY_RESIZE',
    'migrated again, source': '', 'migration reverted': 'ACTIVE',
    'resized': 'VERIFY_RESIZE', 'resized, source': '',
    'resize reverted': 'ACTIVE', 'resized up': 'VERIFY_RESIZE',
    'resized up, source': '', 'resize confirmed': 'ACTIVE',
    'resized down': 'VERIFY_RESIZE', 'resized down, source': '',
    'shrink confirmed': 'ACTIVE', 'shelved': 'SHELVED_OFFLOADED',
    'unshelved': 'ACTIVE', 'live migrated': 'ACTIVE', 'evacuated': 'ACTIVE',
    'source is back': 'ACTIVE', 'source is back, source': '',
    'other': 'ACTIVE'}
OWNED = {'resized': 3, 'resized up': 3, 'resize confirmed': 3,
         'resized down, source': 3, 'shelved': 0,
         'source is back, source': 0, 'other': 1}


@pytest.mark.parametrize('candidates', ['ours', 'nova'])
def test_providers_held_are_devices_owned(candidates):
    told = gpu_cloud.run('moves', candidates)
    assert {step: status for step, (status, _, _) in told.items()} == STEPS
    for step, (_, held, owned) in told.items():
        assert held == owned, step
        assert sum(owned.values()) == OWNED.get(step, 2), step
