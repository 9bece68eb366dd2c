# SPDX-License-Identifier: Apache-2.0

"""Neutron's options about SR-IOV, as Neutron reads them."""

import pytest

from nova_pci_ext.parsing import neutron_values


def test_pairs_of_network_and_interface():
    assert neutron_values.device_mappings(
        ['p1:eth1', ' p1 : eth2 ', 'p2:eth1']) == (
        ('p1', 'eth1'), ('p1', 'eth2'), ('p2', 'eth1'))


def test_vfs_of_each_interface():
    assert neutron_values.excluded_devices(
        ['eth1:0000:07:00.2; 0000:07:00.3;', 'eth2:']) == {
        'eth1': ['0000:07:00.2', '0000:07:00.3'], 'eth2': []}


def test_networks_with_and_without_ranges():
    assert neutron_values.vlan_networks(
        ['p1', 'p2:1:4094', 'p1:100:100']) == ('p1', 'p2', 'p1')


MAPPING = 'expected network:interface, such as physnet1:eth1'
EXCLUDED = ('expected interface:address;address, such as '
            'eth1:0000:07:00.2;0000:07:00.3')
RANGE = 'expected network or network:first:last, such as physnet1:2:100'
VLANS = 'expected VLANs from 1 to 4094, the lower one first'


@pytest.mark.parametrize(('reader', 'words', 'message'), [
    ('device_mappings', ['p1'], f"cannot be 'p1'; {MAPPING}"),
    ('device_mappings', ['p1:'], f"cannot be 'p1:'; {MAPPING}"),
    ('device_mappings', ['p1:a:b'], f"cannot be 'p1:a:b'; {MAPPING}"),
    ('excluded_devices', ['eth1'], f"cannot be 'eth1'; {EXCLUDED}"),
    ('excluded_devices', [':07:00.2'], f"cannot be ':07:00.2'; {EXCLUDED}"),
    ('excluded_devices', ['eth1:a', 'eth1:b'],
     'names eth1 twice; write the addresses behind the first one, with '
     'semicolons'),
    ('vlan_networks', ['p1:1'], f"cannot be 'p1:1'; {RANGE}"),
    ('vlan_networks', ['p1:a:b'], f"cannot be 'p1:a:b'; {RANGE}"),
    ('vlan_networks', [':1:2'], f"cannot be ':1:2'; {RANGE}"),
    ('vlan_networks', ['p1:0:2'], f"cannot be 'p1:0:2'; {VLANS}"),
    ('vlan_networks', ['p1:3:2'], f"cannot be 'p1:3:2'; {VLANS}"),
    ('vlan_networks', ['p1:1:4095'], f"cannot be 'p1:1:4095'; {VLANS}"),
])
def test_what_neutron_dies_of(reader, words, message):
    with pytest.raises(ValueError) as raised:
        getattr(neutron_values, reader)(words)
    assert str(raised.value) == message
