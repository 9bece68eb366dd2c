# SPDX-License-Identifier: Apache-2.0

"""Who has which devices; whoever has none is in neither dict."""

import types

import pytest

from nova_pci_ext.compute.ownership import Ownership

pytestmark = pytest.mark.nova


def device(status, owner=None):
    return types.SimpleNamespace(status=status, instance_uuid=owner)


def test_devices_that_were_owned_before_the_tracker_was_made():
    claimed, allocated = device('claimed', 'u1'), device('allocated', 'u2')
    owned = Ownership()
    for dev in (claimed, allocated, device('available')):
        owned.add(dev)
    assert owned.claims == {'u1': [claimed]}
    assert owned.allocations == {'u2': [allocated]}
    assert owned.others({'u1'}) == ['u2']


def test_a_claim_comes_on_top_of_what_is_allocated():
    one, two = device('claimed'), device('claimed')
    owned = Ownership()
    owned.claimed('u1', [one])
    owned.allocated('u1')
    owned.claimed('u1', [two])
    assert owned.of('u1') == [one, two]
    owned.allocated('u1')
    assert (owned.claims, owned.allocations) == ({}, {'u1': [one, two]})


def test_whoever_has_nothing_left_is_forgotten():
    one, two = device('claimed'), device('claimed')
    owned = Ownership()
    owned.claimed('u1', [one])
    owned.allocated('u1')
    owned.claimed('u1', [two])
    owned.remove(['u1', 'u2'], [one])
    assert (owned.claims, owned.allocations) == ({'u1': [two]}, {})
    owned.remove(['u1'], [two])
    assert (owned.claims, owned.allocations, owned.of('u1')) == ({}, {}, [])
    assert owned.others(()) == []
