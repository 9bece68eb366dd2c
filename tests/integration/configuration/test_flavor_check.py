# SPDX-License-Identifier: Apache-2.0

"""Extra specs that devices depend on."""

import pytest

from nova_pci_ext.configuration import flavor_check
from nova_pci_ext.parsing import Faults

pytestmark = pytest.mark.nova
POLICY, NODES = 'hw:pci_numa_affinity_policy', 'hw:numa_nodes'


@pytest.mark.parametrize(('key', 'value', 'said'), [
    (POLICY, 'prefered',
     f"{POLICY}: cannot be 'prefered'; did you mean preferred?"),
    (POLICY, 'strict',
     f"{POLICY}: cannot be 'strict'; expected one of required, preferred, "
     'legacy, socket'),
    (NODES, 'two', f"{NODES}: cannot be 'two'; expected a number from 1"),
    (NODES, '0', f"{NODES}: cannot be '0'; expected a number from 1"),
    ('hw:pci_numa_afinity_policy', 'x', 'hw:pci_numa_afinity_policy: no '
     f'device depends on it; did you mean {POLICY}?')])
def test_what_nova_refuses(key, value, said):
    faults = Faults()
    flavor_check.check(key, value, faults)
    assert [str(each) for each in faults.errors] == [said]


@pytest.mark.parametrize(('key', 'value'), [
    (POLICY, 'socket'), (NODES, '2'), (POLICY, ''), ('rack', '7'),
    ('hw:cpu_policy', 'nonsense'), ('pci_passthrough:alias', 'read elsewhere')
])
def test_what_is_right_or_not_ours(key, value):
    faults = Faults()
    flavor_check.check(key, value, faults)
    assert faults.count == 0
