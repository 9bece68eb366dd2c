# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import search
from nova_pci_ext.model.device import DeviceType
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

ONE = '0000:81:00.0'
TWO = '0000:82:00.0'


@pytest.mark.parametrize(('ask', 'expected'), [
    pytest.param(request('r', 1, asked(dev_type=DeviceType.PF)),
                 (vfs(TWO, 4), pf(TWO)),
                 id='a PF takes its VFs along'),
    pytest.param(request('r', 2, asked(dev_type=DeviceType.VF)),
                 (vfs(ONE, 2), vfs(TWO, 4), pf(TWO)),
                 id='VFs take their PF along'),
    pytest.param(request('r', 4, asked(dev_type=DeviceType.VF)),
                 (vfs(TWO, 4), pf(TWO)),
                 id='an empty pool goes'),
])
def test_what_an_assignment_leaves(ask, expected):
    pools = (pf(ONE), vfs(ONE, 4), vfs(TWO, 4), pf(TWO))
    before = tuple(pools)
    takes = search([ask], pools).takes
    assert leftover.remaining(pools, takes) == expected
    assert pools == before


def test_devices_without_a_known_card_exclude_nothing():
    pools = (pool(2), pool(1, product='0002'))
    takes = search([request('r', 1, asked('0001'))], pools).takes
    assert leftover.remaining(pools, takes) == (
        pool(1), pool(1, product='0002'))
