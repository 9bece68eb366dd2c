# SPDX-License-Identifier: Apache-2.0

"""What ``tests/unit/matching/test_decision.py`` does not ask of a choice."""

from nova_pci_ext.matching import assigning
from nova_pci_ext.matching import demands
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Reason
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import request
from tests.pci_hosts import vfs


def test_each_decision_of_an_assignment_has_the_limit_again():
    pools = []
    for bus in range(12):
        group = f'0000:{bus:02x}:00.0'
        pools += [pf(group), vfs(group, 1 + bus, product='0001'),
                  vfs(group, 12 - bus, product='0002')]
    merged = demands.merge([demands.Ask(requests=(
        request('p', 6, asked(dev_type=DeviceType.PF)),
        request('x', 39, asked('0001')), request('y', 39, asked('0002'))))])
    assert assigning.assign(merged, pools, 100).reason is Reason.SEARCH_LIMIT
    assert isinstance(assigning.assign(merged, pools, 1000), Assignment)
