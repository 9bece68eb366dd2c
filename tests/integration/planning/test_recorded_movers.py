# SPDX-License-Identifier: Apache-2.0

"""Owners of recorded devices as servers that could move."""

import pytest

from nova_pci_ext.planning import recorded_movers
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE = '11111111-1111-4111-8111-111111111111'


def test_an_owner_needs_devices_like_those_it_has():
    hosts = [recorded.host('busy')]
    with recorded.fleet(*hosts) as fleet:
        found = recorded_movers.RecordedMovers(fleet, hosts)
        mover = found.of(ONE)
        assert (mover.name, mover.kind, mover.unknown) == (
            ONE, ((('8086', '10ca', 'type-VF'), 2),),
            recorded_movers.UNKNOWN)
        assert (found.fixed(ONE), found.members(None, 'busy')) == (
            '', frozenset())
