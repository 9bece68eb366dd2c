# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.bookkeeping import placement_book
from tests.integration.bookkeeping import answers

pytestmark = pytest.mark.nova

NODE = Node(id=1, host='h', name='h', uuid='node')
CARD = {'uuid': 'card', 'name': 'h_0000:41:00.0', 'generation': 3,
        'root_provider_uuid': 'node'}
HELD = {
    '/resource_providers/card/inventories': {
        'resource_provider_generation': 4,
        'inventories': {'CUSTOM_GPU': {'total': 1, 'reserved': 1}}},
    '/resource_providers/card/allocations': {
        'resource_provider_generation': 4,
        'allocations': {'server': {'resources': {'CUSTOM_GPU': 1}}}},
}


def listed(once, every, tree=''):
    """Return the answers of lists of providers."""
    base = '/resource_providers?required='
    return {f'{base}HW_PCI_ONE_TIME_USE{tree}': {'resource_providers': once},
            f'{base}COMPUTE_MANAGED_PCI_DEVICE{tree}': {
                'resource_providers': every}}


@pytest.mark.parametrize(('all_hosts', 'tree'), [
    (True, ''), (False, '&in_tree=node')], ids=['all', 'one host'])
def test_a_provider_is_read_with_what_it_has(all_hosts, tree):
    placement = answers.Placement({**HELD, **listed([CARD], [CARD], tree)})
    assert placement_book.read(placement, [NODE], all_hosts=all_hosts) == (
        Provider(
            uuid='card', name='h_0000:41:00.0', root='node', generation=4,
            one_time_use=True, stocks=(Stock(
                resource_class='CUSTOM_GPU', total=1, reserved=1),),
            allocations=(Allocation(
                consumer='server', resource_class='CUSTOM_GPU', used=1),)),)


def test_an_answer_that_is_none_is_said():
    with pytest.raises(exceptions.DiscoveryError) as caught:
        placement_book.read(answers.Placement({}), [NODE], all_hosts=True)
    assert str(caught.value) == (
        'Placement: /resource_providers?required=HW_PCI_ONE_TIME_USE is '
        'answered with status 404')


def test_no_answer_is_said():
    class Down:
        def get(self, url, version=None):
            raise TimeoutError('http://user:secret@host')

    with pytest.raises(exceptions.DiscoveryError) as caught:
        placement_book.ask(Down(), '/')
    assert str(caught.value) == 'Placement: no answer (TimeoutError)'
