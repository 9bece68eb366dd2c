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

import pytest

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching.branches import Refusal
from nova_pci_ext.matching.supply import Supply
from nova_pci_ext.matching.supply import Twin

# Demand 0 (mask 1) wants PFs, demand 1 (mask 2) wants VFs.


def twin(group, vfs):
    """Return a group whose PF serves demand 0 and whose VFs demand 1."""
    return Twin(group, ((1, 1),), ((2, vfs),))


@pytest.mark.parametrize('counts, supply, wanted', [
    pytest.param((1, 4), Supply({}, (twin('a', 4), twin('b', 2))), (),
                 id='the smaller one is given'),
    pytest.param((1, 2), Supply({1: 1}, (twin('a', 2),)), (),
                 id='a PF without useful VFs is enough'),
    pytest.param((2, 1), Supply({}, (twin('a', 4), twin('b', 2))),
                 (Refusal(0b10, ('b', 'a'), ()),
                  Refusal(0b01, ('b',), ('a',)),
                  Refusal(0b01, (), ('b', 'a'))),
                 id='every branch is refused'),
    pytest.param((3, 0), Supply({}, (twin('a', 4), twin('b', 2))),
                 (Refusal(0b01),), id='refused whatever is given'),
])
def test_refusals(counts, supply, wanted):
    assert branches.refusals(counts, supply, flow.Steps()) == wanted


@pytest.mark.parametrize('pfs', [1, 4, 8])
def test_a_chain_opens_two_branches_a_pf(pfs):
    twins = tuple(twin(f'{number:02}', 8 + number) for number in range(16))
    vfs = sum(8 + number for number in range(pfs, 16))
    assert branches.refusals((pfs, vfs), Supply({}, twins),
                             flow.Steps()) == ()
    refused = branches.refusals((pfs, vfs + 1), Supply({}, twins),
                                flow.Steps())
    assert 1 <= len(refused) <= 2 * pfs + 1
