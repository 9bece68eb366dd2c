# SPDX-License-Identifier: Apache-2.0

"""Names from the database of PCI ids."""

import pytest

from nova_pci_ext.discovery import pci_ids

DATABASE = """\
# comment

8086  Intel Corporation
\t1520  I350 Virtual Function
\t1521  I350 Gigabit Network Connection
\t\t1028 0602  Gigabit 2P I350-t LOM
15b3  Mellanox Technologies
\t1520  another vendor's
C 02  Network controller
\t00  Ethernet controller
"""


@pytest.mark.parametrize(('wanted', 'names'), [
    pytest.param({'8086': {'1520'}},
                 {('8086', None): 'Intel Corporation',
                  ('8086', '1520'): 'I350 Virtual Function'},
                 id='a vendor and a product'),
    pytest.param({'8086': {'ffff'}}, {('8086', None): 'Intel Corporation'},
                 id='a vendor whose product is not known'),
    pytest.param({'10de': {'1520'}}, {}, id='a vendor that is not known'),
    pytest.param({'8086': {'1028'}}, {('8086', None): 'Intel Corporation'},
                 id='a subsystem is not a product'),
])
def test_names(wanted, names):
    lines = DATABASE.splitlines(keepends=True)
    assert pci_ids.read_names(lines, wanted) == names
