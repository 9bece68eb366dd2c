#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Devices counted by what they can serve."""

from nova_pci_ext.matching import supply
from tests.pci_hosts import pf
from tests.pci_hosts import vfs


def test_a_pf_whose_address_is_unknown_excludes_nothing():
    pools = [pf(None), vfs('0000:81:00.0', 4)]
    assert supply.tally(pools, [0b1, 0b10], [1, 4]) == supply.Supply(
        {0b1: 1, 0b10: 4})
