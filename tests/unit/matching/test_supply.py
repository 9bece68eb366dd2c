# SPDX-License-Identifier: Apache-2.0

"""Devices counted by what they can serve."""

from nova_pci_ext.matching import supply
from tests.pci_hosts import pf
from tests.pci_hosts import vfs


def test_a_pf_whose_address_is_unknown_excludes_nothing():
    pools = [pf(None), vfs('0000:81:00.0', 4)]
    assert supply.tally(pools, [0b1, 0b10], [1, 4]) == supply.Supply(
        {0b1: 1, 0b10: 4})
