# SPDX-License-Identifier: Apache-2.0

"""Audit and repair of an embedded Nova, and what is between."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

LIES = [
    ['allocated-not-owned', 'h1', '0000:13:00.0'],
    ['orphaned-allocation', 'h0', '0000:11:00.0'],
    ['owned-not-allocated', 'h1', '0000:10:00.0'],
    ['owner-not-there', 'h0', '0000:12:00.0'],
    ['pools-differ', 'h1', ''],
    ['port-other-device', 'h1', '0000:81:02.2'],
    ['profile-left', '', '0000:81:02.2'],
    ['provider-without-device', 'h0', '0000:99:00.0'],
    ['removed-row', 'h0', '0000:13:00.0'],
    ['row-of-deleted-node', 'old', '0000:99:00.0'],
    ['set-aside-for-nobody', 'h1', '0000:81:02.0'],
    ['status-and-owner', 'h0', '0000:81:02.0'],
]
# A row was deleted and one lie was about pools: a restart writes both anew.
LEFT = [['pools-differ', 'h0', ''], ['pools-differ', 'h1', '']]


def test_lies_are_found_and_repaired_one_by_one():
    """Each repair but the last is followed by an end of the command."""
    said, told = gpu_cloud.run('audited', timeout=1200)
    for step in ('empty', 'healthy', 'moving', 'moved and back'):
        assert said[step] == []
    assert said['lies'] == LIES
    # One more: the provider of the row that was deleted.
    assert said['stops'] == len(LIES) - 1
    assert told.count('repaired') == len(LIES)
    assert said['repaired'] == LEFT
    assert (said['again'], said['again, made'], said['told again']) == (
        LEFT, [], [])
    assert said['restarted'] == []
    for step, blindly in (('claimed', ['row-without-request']),
                          ('bound', ['row-without-request']),
                          ('detached', []), ('unbound', [])):
        assert (said[step], said[f'{step}, blindly']) == ([], blindly)
    assert said['attached'] == []
    assert said['profile'] == {
        'pci_vendor_info': '8086:154c', 'pci_slot': '0000:81:02.3',
        'physical_network': 'physnet1', 'capabilities': [],
        'pf_mac_address': '3c:fd:fe:00:00:01', 'vf_num': 3}
