# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.matching.set_branch import joined
from nova_pci_ext.matching.set_branch import Part


def test_parts_that_differ_in_number_only_are_one():
    assert joined([Part(0, 1, 0b1), Part(0, 2, 0b1), Part(0, 1, 0b10),
                   Part(1, 1, 0b1)]) == (
        Part(0, 1, 0b10), Part(0, 3, 0b1), Part(1, 1, 0b1))
