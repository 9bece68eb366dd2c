# SPDX-License-Identifier: Apache-2.0

"""Whether Neutron has a physical network."""

import pytest

from nova_pci_ext.configuration import neutron_networks
from nova_pci_ext.configuration.neutron_files import NeutronConfiguration
from nova_pci_ext.parsing import Faults

WHERE = {name: f'f: {name}' for name in (
    'physical_device_mappings', 'type_drivers')}


def said(network, *, needs_agent=True, **fields):
    faults = Faults()
    neutron_networks.check(
        NeutronConfiguration(where=WHERE, **fields), 'p', network, faults,
        needs_agent=needs_agent)
    return [*(f'error: {each}' for each in faults.errors),
            *(f'warning: {each}' for each in faults.warnings)]


UNSERVED = "error: p: 'n1' has neither VLANs nor is it flat in Neutron"


@pytest.mark.parametrize(('fields', 'words'), [
    pytest.param({}, [], id='no file says anything'),
    pytest.param({'vlans': ['n1']}, [], id='VLANs'),
    pytest.param({'vlans': ['n2']}, [], id='flat by default'),
    pytest.param({'vlans': ['n2'], 'flats': ['n1']}, [], id='flat'),
    pytest.param({'vlans': ['n2'], 'flats': []},
                 [f'{UNSERVED}; expected one of n2'], id='neither'),
    pytest.param({'vlans': [], 'flats': [], 'types': ['vlan', 'flat']},
                 ["warning: p: no file says that Neutron has 'n1'; write "
                  'network_vlan_ranges = n1, or with its VLANs'],
                 id='none at all'),
    pytest.param({'vlans': ['n2'], 'types': ['vlan']},
                 [f'{UNSERVED}; expected one of n2'], id='other VLANs'),
    pytest.param({'vlans': ['n2'], 'types': ['vlan'],
                  'are_ranges_elsewhere': True}, [],
                 id='ranges in the database'),
    pytest.param({'flats': ['n2'], 'types': ['flat']},
                 [f'{UNSERVED}; expected one of n2'], id='others are flat'),
    pytest.param({'types': ['gre', 'vxlan']},
                 ["error: p: no port can be on 'n1', as a network of a VF "
                  'has VLANs or is flat; add vlan or flat to f: '
                  'type_drivers'], id='tunnels only'),
    pytest.param({'vlans': ['N1'], 'types': ['vlan']},
                 ["warning: p: 'n1' is 'N1' in Neutron, and only Nova takes "
                  "both for the same; write 'N1'"], id='in other letters'),
    pytest.param({'mappings': []},
                 ["error: p: 'n1' is mapped to no interface at f: "
                  'physical_device_mappings; write physical_device_mappings '
                  '= n1:INTERFACE'], id='nothing is mapped'),
    pytest.param({'mappings': [('n2', 'e')], 'needs_agent': False}, [],
                 id='no agent is needed')])
def test_a_network_of_an_entry(fields, words):
    assert said('n1', **fields) == words


@pytest.mark.parametrize(('fields', 'words'), [
    pytest.param({'vlans': ['physnet1'], 'types': ['vlan']},
                 ["error: p: 'phsynet1' has neither VLANs nor is it flat in "
                  "Neutron; did you mean 'physnet1'?"], id='of a VLAN'),
    pytest.param({'vlans': ['physnet1']},
                 ["warning: p: 'phsynet1' can only be flat in Neutron; did "
                  "you mean 'physnet1'?"], id='beside any flat network')])
def test_a_slip(fields, words):
    assert said('phsynet1', **fields) == words
