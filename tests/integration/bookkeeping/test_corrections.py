# SPDX-License-Identifier: Apache-2.0

import pytest
from keystoneauth1 import exceptions as ks_exceptions
from neutronclient.common import exceptions as client_errors

from nova_pci_ext.auditing import fixes
from nova_pci_ext.bookkeeping import corrections
from tests.integration.bookkeeping import answers

pytestmark = pytest.mark.nova

FIX = fixes.AllocationFix(consumer='c', provider='card', seen=2, units=1,
                          resource_class='GPU')
HELD = {'project_id': 'p', 'user_id': 'u', 'consumer_generation': 5,
        'allocations': {
            'card': {'resources': {'GPU': 2}, 'generation': 9},
            'node': {'resources': {'VCPU': 2}, 'generation': 1}}}
OTHERS = {'node': {'resources': {'VCPU': 2}}}


@pytest.mark.parametrize(('units', 'expected'), [
    (1, {**OTHERS, 'card': {'resources': {'GPU': 1}}}), (0, OTHERS)],
    ids=['some', 'none'])
def test_a_consumer_keeps_all_else_and_its_generation(units, expected):
    placement = answers.Placement({'/allocations/c': HELD})
    corrections._write_allocation(placement, fixes.AllocationFix(
        consumer='c', provider='card', seen=2, units=units,
        resource_class='GPU'))
    assert placement.written == [('/allocations/c', {
        'allocations': expected, 'project_id': 'p', 'user_id': 'u',
        'consumer_generation': 5})]


@pytest.mark.parametrize('held', [
    {**HELD, 'allocations': OTHERS}, {**HELD, 'allocations': {}}],
    ids=['given back', 'gone'])
def test_a_consumer_that_has_changed_stays(held):
    placement = answers.Placement({'/allocations/c': held})
    with pytest.raises(corrections.RepairError) as caught:
        corrections._write_allocation(placement, FIX)
    assert (str(caught.value), placement.written) == (
        'it has changed meanwhile; nothing was written', [])


@pytest.mark.parametrize(('status', 'message'), [
    (409, 'it has changed meanwhile; nothing was written'),
    (403, 'Placement answers 403; nothing was written'),
    (500, 'Placement answers 500; the next audit says whether it was '
          'written')])
def test_a_write_that_is_refused_is_said(status, message):
    placement = answers.Placement({'/allocations/c': HELD}, status)
    for write, fix in ((corrections._write_allocation, FIX),
                       (corrections._delete_provider,
                        fixes.ProviderFix(provider='card'))):
        with pytest.raises(corrections.RepairError) as caught:
            write(placement, fix)
        assert str(caught.value) == message


class Neutron:
    """Has one port."""

    def __init__(self, slot):
        self.port = {'id': 'p', 'revision_number': 4, 'binding:profile': {
            'pci_slot': slot, 'trusted': 'true', 'mine': 1}}
        self.written = []

    def show_port(self, port):
        """Answer."""
        return {'port': self.port}

    def update_port(self, port, body, revision_number=None):
        """Remember."""
        self.written.append((port, body, revision_number))


def test_a_port_of_nobody_loses_its_device_and_its_grants():
    network = Neutron('0000:81:02.3')
    corrections._write_profile(network, fixes.ProfileFix(
        port='p', seen_slot='0000:81:02.3'))
    assert network.written == [
        ('p', {'port': {'binding:profile': {'mine': 1}}}, 4)]


def test_a_port_that_has_changed_stays():
    network = Neutron('0000:81:02.4')
    with pytest.raises(corrections.RepairError) as caught:
        corrections._write_profile(network, fixes.ProfileFix(
            port='p', seen_slot='0000:81:02.3'))
    assert (str(caught.value), network.written) == (
        'it has changed meanwhile; nothing was written', [])


@pytest.mark.parametrize(('error', 'message'), [
    (client_errors.Conflict(), 'Neutron refuses it (Conflict); nothing was '
                               'written'),
    (client_errors.ServiceUnavailable(),
     'Neutron refuses it (ServiceUnavailable); the next audit says whether '
     'it was written')])
def test_a_port_that_neutron_does_not_write_is_said(error, message):
    network = Neutron('0000:81:02.3')

    def update_port(*_, **__):
        raise error
    network.update_port = update_port
    with pytest.raises(corrections.RepairError) as caught:
        corrections._write_profile(network, fixes.ProfileFix(
            port='p', seen_slot='0000:81:02.3'))
    assert str(caught.value) == message


def test_a_service_that_ends_in_the_middle_is_no_refusal(monkeypatch):
    """Whether Placement has written before it ended, nobody knows."""
    placement = answers.Placement({'/allocations/c': HELD})

    def put(*_, **__):
        raise ks_exceptions.ConnectFailure
    placement.put = put
    monkeypatch.setattr(corrections.placement_book, 'client',
                        lambda: placement)
    with pytest.raises(corrections.RepairError) as caught:
        corrections.make(FIX)
    assert str(caught.value) == (
        'no answer (ConnectFailure); the next audit says whether it was '
        'written')
