# SPDX-License-Identifier: Apache-2.0

"""What nova-api and nova-conductor make of an alias with several entries."""

import nova.conf
import pytest
from nova import exception
from nova import objects

from nova_pci_ext.api import alternatives
from nova_pci_ext.scheduler import placement_hooks
from tests import gpu_hosts
from tests import nova_hosts

pytestmark = pytest.mark.nova

CONF = nova.conf.CONF
FIRST = {'vendor_id': '10de', 'product_id': '1db6'}
SECOND = {'resource_class': 'gpu', 'traits': 'big'}


@pytest.fixture(autouse=True)
def in_placement():
    objects.register_all()
    alternatives.install()
    CONF.set_override('pci_in_placement', True, 'filter_scheduler')
    yield
    CONF.clear_override('pci_in_placement', 'filter_scheduler')


def groups(spec):
    return sorted((group.requester_id, dict(group.resources))
                  for group in spec.requested_resources)


def test_each_device_asks_for_a_class_that_nobody_has():
    single = nova_hosts.asked(FIRST, alias='a', request_id='r1')
    several = nova_hosts.asked(FIRST, SECOND, count=2, alias='b',
                               request_id='r2')
    spec = gpu_hosts.alias_spec('b:2', requests=[single, several])
    nobody = {alternatives.RESOURCE_CLASS: 1}
    assert groups(spec) == [
        ('r1-0', {'CUSTOM_PCI_10DE_1DB6': 1}), ('r2-0', nobody),
        ('r2-1', nobody)]
    assert [request.request_id for request in spec.pci_requests.requests
            ] == ['r1', 'r2']


def test_without_placement_there_are_no_groups():
    CONF.set_override('pci_in_placement', False, 'filter_scheduler')
    spec = gpu_hosts.alias_spec('b:1', requests=[
        nova_hosts.asked(FIRST, SECOND, request_id='r1')])
    assert groups(spec) == []


def test_candidates_of_nova_refuse_it():
    spec = gpu_hosts.alias_spec('b:1', requests=[
        nova_hosts.asked(FIRST, SECOND, alias='b', request_id='r1')])
    placement_hooks.install()
    CONF.set_override('allocation_candidates', 'nova', 'pci_ext')
    try:
        with pytest.raises(exception.NoValidHost, match=(
                r'\[pci\] alias b has several entries, which need \[pci_ext\] '
                'allocation_candidates = ours')):
            placement_hooks.utils.resources_from_request_spec(
                None, spec, None)
    finally:
        CONF.clear_override('allocation_candidates', 'pci_ext')
