# SPDX-License-Identifier: Apache-2.0

"""Neutron with the ML2 configuration of 2014, as it was written then."""

import subprocess
import sys

import pytest
from oslo_config import cfg

from tests.neutron.conftest import create_port
from tests.neutron.conftest import HERE
from tests.neutron.conftest import scenes

pytestmark = pytest.mark.nova

FIREWALL = 'neutron.agent.firewall.NoopFirewallDriver'


@pytest.mark.parametrize('vnic_type, vif_type, element', [
    ('direct', 'hw_veb', '<interface type="hostdev"'),
    ('macvtap', 'hw_veb', '<interface type="direct"'),
    ('direct-physical', 'hostdev_physical', '<hostdev ')])
def test_its_server_binds_the_ports(installed, api_of_2014, context,
                                    vnic_type, vif_type, element):
    with scenes(api_of_2014, context) as make:
        port = make('vlan', vnic_type)
        port.bind('host-a', port.claim('host-a'))
        assert port.bound() == ('host-a', vif_type, {
            'port_filter': False, 'connectivity': 'l2', 'vlan': '42'})
        assert port.config().startswith(element)


def test_a_network_of_a_user_has_a_vlan_of_the_range(api_of_2014, context):
    with scenes(api_of_2014, context) as make:
        client = make('vlan', 'direct').client
        network = client.create_network({'network': {'name': 'n'}})['network']
        client.delete_network(network['id'])
    vlan = network['provider:segmentation_id']
    assert (network['provider:network_type'],
            network['provider:physical_network']) == ('vlan', 'physnet1')
    assert 2 <= vlan <= 100


@pytest.mark.parametrize('roles, status', [
    ('member,reader', 403), ('admin,member,reader', 201)])
def test_administrators_may_write_a_profile_by_the_policy_of_the_page(
        api_of_2014, url_of_2014, context, roles, status):
    with scenes(api_of_2014, context) as make:
        network = make('vlan', 'direct').network
        assert create_port(url_of_2014, roles, network, **{
            'binding:profile': {'macvtap_mode': 'bridge'}}) == status


def test_its_firewall_driver_is_a_class_that_the_agents_load():
    sections = {}
    cfg.ConfigParser(str(HERE / 'ml2-2014.ini'), sections).parse()
    (written,) = sections['securitygroup']['firewall_driver']
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c',
         'import sys; from neutron.agent import firewall;'
         'found = firewall.load_firewall_driver_class(sys.argv[1]);'
         'print(found.__module__, found.__name__, sep=".")', written],
        capture_output=True, text=True, timeout=300)
    assert (written, done.stdout.strip()) == (FIREWALL, FIREWALL), done.stderr
