# SPDX-License-Identifier: Apache-2.0

"""Extra specs that devices depend on."""

import dataclasses

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.configuration import flavor_check
from nova_pci_ext.configuration import loader
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
    ('hw:cpu_policy', 'nonsense'), ('pci_passthrough:alias', 'read elsewhere'),
    ('pci_passthrough:same', 'read elsewhere')
])
def test_what_is_right_or_not_ours(key, value):
    faults = Faults()
    flavor_check.check(key, value, faults)
    assert faults.count == 0


SAME, DISTINCT, GROUP = (
    f'pci_passthrough:{name}' for name in ('same', 'distinct', 'group'))
LOADED = dataclasses.replace(
    loader.NOTHING, specs=parsing.parse_device_spec(
        '[{"vendor_id": "10de", "Rack": "1"}, '
        '{"vendor_id": "15b3", "physical_network": "PhysNet1"}]'),
    groups=parsing.parse_device_groups(parsing.option_values(
        'device_group', ['{"type": "nvlink", "name": "p1", "addresses": '
                         '["0000:01:00.0", "0000:02:00.0"]}']), Faults()))


@pytest.mark.parametrize(('sets', 'flavors', 'errors', 'warnings'), [
    pytest.param({SAME: 'Rack:gpu; vendor_id:gpu'}, ['gpu:2'], [
        f'{SAME}: "vendor_id" is not an attribute that devices are compared '
        'by; expected one of numa_node, pcie_root, pcie_switch, pf, card, or '
        'the name of a tag in [pci] device_spec'], [], id='an attribute'),
    pytest.param({SAME: 'pf:gpu'}, ['gpu:2', 'gpu:1', 'nic:1', 'fpga:1'], [
        f'{SAME}: the flavor asks for no alias "gpu"; expected one of nic, '
        'ports, or add the alias to pci_passthrough:alias',
        f'{SAME}: the flavor asks for no alias "gpu"; expected one of fpga, '
        'ports, or add the alias to pci_passthrough:alias'],
        [f'{SAME}: "pf:gpu" is about one device only'],
        id='each flavor by itself'),
    pytest.param({SAME: 'rak:gpu'}, ['gpu:2', 'gpu:3'], [], [
        f'{SAME}: no entry of [pci] device_spec has a tag "rak"; did you '
        'mean Rack?'], id='one warning for several flavors'),
    pytest.param({DISTINCT: 'pf:ports@PHYSNET1,ports@phynet1'}, [], [], [
        f'{DISTINCT}: no entry of [pci] device_spec has the physical network '
        '"phynet1"; did you mean physnet1?'], id='physical networks'),
    pytest.param({GROUP: 'nvlink:gpu; nv:gpu'}, ['gpu:3', 'gpu:2'], [], [
        f'{GROUP}: no group of type nvlink has 3 devices, as "nvlink:gpu" '
        'asks; there are groups of 2',
        f'{GROUP}: no [pci_ext] device_group has the type "nv"; no device of '
        'this configuration is in such a set'], id='groups'),
    pytest.param({SAME: 'pf:gpu'}, [], [
        f'{SAME}: the flavor asks for no alias "gpu"; set '
        'pci_passthrough:alias in the same call, or before'], [],
        id='no alias'),
])
def test_sets_of_devices(sets, flavors, errors, warnings):
    faults = Faults()
    flavor_check.check_sets(sets, flavors, LOADED, faults)
    assert [str(each) for each in faults.errors] == errors
    assert [str(each) for each in faults.warnings] == warnings


def test_what_devices_have_is_not_known_without_entries():
    faults = Faults()
    flavor_check.check_sets({SAME: 'island:gpu,ports@x'}, ['gpu:2'],
                            loader.NOTHING, faults)
    assert faults.count == 0
