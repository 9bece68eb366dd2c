# SPDX-License-Identifier: Apache-2.0

"""Profiles that follow the device, through Nova's own network code."""

import contextlib
import types

import nova.conf
import pytest
from nova import context as nova_context
from nova import objects
from nova.compute import manager
from nova.network import constants
from nova.network import neutron
from oslo_config import fixture as config_fixture

from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.virt import port_profile
from tests import hand_over
from tests import hand_over_nova

pytestmark = pytest.mark.nova
objects.register_all()

REPLACED = [(owner, name) for owner, name, _ in port_profile.REPLACED]
ROWS = {row.name: row for row in hand_over.ROWS}
OFFLOADED = ROWS['VF with a switchdev representor']
PLAIN = ROWS['VF on a VLAN network']


@pytest.fixture(autouse=True)
def novas_own(monkeypatch):
    """Begin and end with Nova's methods, whatever was installed before."""
    for owner, name in REPLACED:
        method = getattr(owner, name)
        with contextlib.suppress(AttributeError):
            method = wrapping.original(method)
        monkeypatch.setattr(owner, name, method)


@pytest.fixture
def installed(novas_own):
    """Install; ``novas_own`` takes it out again."""
    port_profile.install()


@pytest.fixture
def network_api():
    nova.conf.CONF([], project='nova', default_config_files=[])
    with config_fixture.Config(nova.conf.CONF) as conf:
        conf.config(group='pci', device_spec=[
            '{"address": "*:*:*.*", "physical_network": "physnet1"}'])
        yield neutron.API()


class OnePort:
    """Neutron with one port, as far as unbinding asks for it."""

    def __init__(self, profile):
        self.profile = profile

    def list_extensions(self, **_):
        return {'extensions': []}

    def show_port(self, port_id, **_):
        return {'port': {constants.BINDING_PROFILE: dict(self.profile),
                         'network_id': 'net'}}

    def show_network(self, network_id, **_):
        return {'network': {'dns_domain': None}}

    def update_port(self, port_id, body):
        self.profile = body['port'][constants.BINDING_PROFILE]


def unbind(network_api, detach):
    client = OnePort({**OFFLOADED.profile, 'trusted': 'true', 'zone': 'z1'})
    network_api._unbind_ports(nova_context.RequestContext(), ['port'], client,
                              client, detach)
    return client.profile


def test_nova_alone_leaves_two_keys(network_api):
    assert unbind(network_api, detach=True) == {
        'capabilities': ['rx', 'switchdev', 'tx'], 'trusted': 'true',
        'zone': 'z1'}


@pytest.mark.parametrize('detach, left', [
    pytest.param(True, {'zone': 'z1'}, id='given back'),
    pytest.param(False, {'zone': 'z1', 'trusted': 'true'}, id='shelved'),
])
def test_unbinding_leaves_what_is_not_ours(installed, network_api, detach,
                                           left):
    assert unbind(network_api, detach) == left


def test_a_vf_without_capabilities_says_so(installed, network_api):
    device = hand_over_nova.nova_device(PLAIN)
    device.extra_info = {}
    assert network_api._get_pci_device_profile(device) == {
        'pci_vendor_info': '8086:10ca', 'pci_slot': '0000:81:10.2',
        'physical_network': 'physnet1', 'capabilities': []}


def migrated(network_api):
    """Profile of a port that moves from VF 0 to another card's VF 1."""
    vif = types.SimpleNamespace(
        port_id='port', profile=None, source_vif={'profile': {
            **OFFLOADED.profile, 'vf_num': 0, 'pci_slot': '0000:05:00.2',
            'physical_network': 'physnet0', 'trusted': 'true'}})
    service = types.SimpleNamespace(network_api=network_api)
    manager.ComputeManager._update_migrate_vifs_profile_with_pci(
        service, [vif], {'port': hand_over_nova.nova_device(PLAIN)})
    return vif.profile


def test_live_migration_describes_the_new_device_whole(installed,
                                                       network_api):
    assert migrated(network_api) == {**PLAIN.profile, 'trusted': 'true'}


def test_nova_alone_keeps_what_was_zero(network_api):
    assert migrated(network_api)['vf_num'] == 0


def test_a_second_install_changes_nothing(installed):
    methods = [getattr(owner, name) for owner, name in REPLACED]
    port_profile.install()
    assert methods == [getattr(owner, name) for owner, name in REPLACED]
