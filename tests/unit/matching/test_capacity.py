# SPDX-License-Identifier: Apache-2.0

"""How many equal instances fit beside those that were accepted."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching.capacity import capacity
from nova_pci_ext.model.device import DeviceType
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import request
from tests.pci_hosts import vfs

A, B = '0000:41:00.0', '0000:42:00.0'
VF, PF = asked(dev_type=DeviceType.VF), asked(dev_type=DeviceType.PF)


def ask(*requests):
    return demands.Ask(requests=requests)


@pytest.mark.parametrize(('wanted', 'before', 'expected'), [
    pytest.param([request('r', 1, VF)], [], 7, id='one VF each'),
    pytest.param([request('r', 2, VF)], [], 3, id='one VF is left over'),
    pytest.param([request('r', 8, VF)], [], 0, id='too many for one'),
    pytest.param([request('r', 1, PF)], [], 2, id='whole cards'),
    pytest.param([request('r', 1, PF), request('s', 1, VF)], [], 1,
                 id='a card, and a VF of the other'),
    pytest.param([request('r', 1, VF)], [request('x', 3, VF)], 4,
                 id='beside what was accepted'),
    pytest.param([request('r', 1, PF)], [request('x', 1, VF)], 1,
                 id='an accepted VF breaks up one card'),
])
def test_capacity(wanted, before, expected):
    pools = [pf(A), vfs(A, 4), pf(B), vfs(B, 3)]
    accepted = [ask(*before)] if before else []
    assert capacity(accepted, ask(*wanted), pools) == expected
