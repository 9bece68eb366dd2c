# SPDX-License-Identifier: Apache-2.0

"""What Placement is asked for the devices of a request."""

import pytest

from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term
from nova_pci_ext.novaobj import terms
from tests.nova_hosts import asked

pytestmark = pytest.mark.nova


def test_only_aliases_have_groups_in_placement():
    alias = asked({}, count=2, request_id='r1')
    assert terms.is_of_flavor(alias)
    assert not terms.is_of_flavor(asked({}, alias=None))
    assert terms.group_names(alias) == ('r1-0', 'r1-1')


@pytest.mark.parametrize(('spec', 'term'), [
    ({'vendor_id': '8086', 'product_id': '1520'},
     Term('CUSTOM_PCI_8086_1520')),
    ({'resource_class': 'gpu', 'traits': 'b,HW_NIC_SRIOV'},
     Term('CUSTOM_GPU', ('CUSTOM_B', 'HW_NIC_SRIOV'))),
], ids=['by ids', 'by name'])
def test_terms(spec, term):
    assert terms.term(spec) == term


def test_a_provider_has_what_nobody_uses():
    assert terms.provider('rp', {
        'traits': ['T'], 'resources': {
            'CUSTOM_A': {'capacity': 4, 'used': 3}}}) == Provider(
        uuid='rp', free={'CUSTOM_A': 1}, traits=frozenset({'T'}))
