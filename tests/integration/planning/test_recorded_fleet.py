# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as a fleet."""

import dataclasses

import pytest

from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def renamed(found, owner):
    return dataclasses.replace(found, host=owner, devices=tuple(
        dataclasses.replace(device, owner=device.owner and owner)
        for device in found.devices))


def test_hosts_that_differ_in_names_only_have_one_key():
    with recorded.fleet(
            recorded.host('nic', 'b'), renamed(recorded.host('busy'), 'd'),
            recorded.host('nic', 'a'), renamed(recorded.host('busy'), 'c'),
            ) as fleet:
        found = fleet.hosts(fleet.spec(recorded.server('vf:1')))
    assert [each.name for each in found] == ['a', 'b', 'c', 'd']
    keys = [each.key for each in found]
    assert keys[0] == keys[1] != keys[2] == keys[3]
