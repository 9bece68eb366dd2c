# SPDX-License-Identifier: Apache-2.0

"""Drained GPUs, and faults of a card, in an embedded Nova with Placement."""

import pytest

from tests.embedded import gpu_cloud

CARD = '0000:11:00.0'
NARROW = 'link has 4 of 16 lanes'
#: While nova-compute runs, and with ``unhealthy = drain``.
DRAINED_BY_HEALTH = {
    'link, at first': {}, 'link': {CARD: NARROW},
    'link, marks': [[CARD, f'not healthy: {NARROW}', 'health']],
    'link, reserved': [CARD],
    'link, got': ['0000:10:00.0', '0000:12:00.0', '0000:13:00.0'],
    'started again': [{}, True, [CARD]],
    'undrained': [[], ['0000:10:00.0', CARD, '0000:12:00.0',
                       '0000:13:00.0']]}

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_no_server_gets_a_drained_device_and_faults_are_noted():
    told = gpu_cloud.run('drained')
    healthy = ['0000:11:00.0', '0000:13:00.0']
    drained = ['0000:10:00.0', '0000:12:00.0']
    # One of the first two claims may be refused: Placement had offered more.
    got = told.pop('first') + told.pop('second') + told.pop('third')
    assert sorted(got) == healthy
    assert told == {
        'reserved': drained,
        'explain': ['not now', 'devices that fit are drained: bad fan',
                    drained],
        'reserved after': [], 'after': drained,
        # A link counts when it was seen so three times.
        'notes': {'0000:11:00.0':
                  '2 fatal PCIe errors since the host started'},
        'notes after': {}, **DRAINED_BY_HEALTH}
