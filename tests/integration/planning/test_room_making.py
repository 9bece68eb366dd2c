# SPDX-License-Identifier: Apache-2.0

"""Moves among recorded hosts; a cloud's are in quickstart/test_moved_apart."""

import pytest
from nova import objects

from nova_pci_ext import install
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning import room_making
from nova_pci_ext.planning.moving import Found
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import Plan
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE = '11111111-1111-4111-8111-111111111111'


def test_the_plan_comes_with_what_is_not_known():
    install.install(Part.EXPLAIN)
    objects.register_all()
    assert room_making.of_recordings(
        recorded.server('vf:3'),
        [recorded.host('busy'), recorded.host('one-card')], recorded.load(),
        2) == room_making.RoomMade(
            found=Found(ruled_out=0, plans=(Plan(host='busy', moves=(Move(
                server=ONE, source='busy', target='one-card'),)),)),
            most=2, names={ONE: ONE},
            unknown={ONE: recorded_movers.UNKNOWN}, has_room=False)
