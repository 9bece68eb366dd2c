# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.matching.demanded import DemandedSet
from nova_pci_ext.model.device_set import SetRule


def test_a_set_is_about_the_demands_of_all_members():
    assert DemandedSet(SetRule.SAME, 'pf', (0b001, 0b110), 0,
                       'same=pf:a,b').mask == 0b111
