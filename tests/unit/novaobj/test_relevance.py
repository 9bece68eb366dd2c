# SPDX-License-Identifier: Apache-2.0

"""Which published pools are left out before a decision."""

import types

import pytest

from nova_pci_ext.novaobj import relevance
from tests.pci_hosts import asked
from tests.pci_hosts import request


def pool(product, network=None, vendor='8086'):
    tags = {} if network is None else {'physical_network': network}
    return types.SimpleNamespace(
        _obj_vendor_id=vendor, _obj_product_id=product, _obj_tags=tags)


POOLS = (pool('0001'), pool('0002', 'P1'), pool('0001', vendor='15b3'),
         pool('0003', 'p2'))


@pytest.mark.parametrize(('alternatives', 'picked'), [
    ([asked('0001')], [0]),
    ([asked('0001'), asked('0003')], [0, 3]),
    ([asked(physical_network='p1')], [1]),
    ([asked('0001'), asked(physical_network='p2')], [0, 3]),
    ([asked()], [0, 1, 2, 3]),
], ids=['ids', 'two ids', 'a network in other letters', 'both', 'anything'])
def test_picked(alternatives, picked):
    relevant = relevance.Relevant([request('r', 1, *alternatives)])
    assert list(relevant.pick(POOLS)) == [POOLS[place] for place in picked]
