# SPDX-License-Identifier: Apache-2.0

"""Nova's test fixture for Neutron, with networks of our choice.

The fixture takes the place of the client library below Nova's real network
code.  What it answers to a binding is what Neutron 29 with the mechanism
drivers openvswitch and sriovnicswitch was seen to answer.
"""

import copy
import uuid
from collections.abc import Iterable
from typing import Any

from neutronclient.common import exceptions as client_errors
from nova.tests import fixtures as nova_fixtures

from nova_pci_ext.quickstart import token

FIRST_VLAN = 100
OTHER_PROJECT = 'other'
_NAMESPACE = uuid.UUID('8c1f3a52-9f0c-4b5e-8a59-5f6b4f4e2d10')

# vnic_type -> what the mechanism driver answers.
_SRIOV = {'direct': 'hw_veb', 'macvtap': 'hw_veb',
          'direct-physical': 'hostdev_physical'}


class SriovNeutron(nova_fixtures.NeutronFixture):
    """Networks named after physical networks, and ports that bind."""

    def __init__(self, host: Any, physnets: Iterable[str]) -> None:
        super().__init__(host)
        self._ports: dict[str, dict[str, Any]] = {}
        self._networks: dict[str, dict[str, Any]] = {}
        self._subnets: dict[str, dict[str, Any]] = {}
        for number, physnet in enumerate(sorted(physnets), start=1):
            self._add_network(number, physnet)

    def _add_network(self, number: int, physnet: str) -> None:
        network_id = network_uuid(physnet)
        owner = token.PROJECT_ID if number == 1 else OTHER_PROJECT
        subnet_id = str(uuid.uuid5(_NAMESPACE, f'subnet {physnet}'))
        self._networks[network_id] = {
            **self.network_1, 'id': network_id, 'name': physnet,
            # A server without a network gets one on that of its project.
            'tenant_id': owner, 'project_id': owner,
            'port_security_enabled': False, 'subnets': [subnet_id],
            'provider:network_type': 'vlan',
            'provider:physical_network': physnet,
            'provider:segmentation_id': FIRST_VLAN + number}
        self._subnets[subnet_id] = {
            **self.subnet_1, 'id': subnet_id, 'name': physnet,
            'network_id': network_id, 'cidr': f'10.0.{number}.0/24',
            'gateway_ip': f'10.0.{number}.1'}

    def networks(self) -> list[dict[str, Any]]:
        """Return the networks, sorted by name."""
        return sorted(self._networks.values(), key=lambda each: each['name'])

    def list_subnets(self, retrieve_all: bool = True,
                     **params: Any) -> dict[str, Any]:
        """Return the subnets that the parameters ask for."""
        return {'subnets': self._list_resource(
            self._subnets, retrieve_all, **params)}

    def create_port(self, body: dict[str, Any] | None = None,
                    ) -> dict[str, Any]:
        """Make an unbound port with an address of its network."""
        asked = copy.deepcopy((body or {}).get('port', {}))
        number = len(self._ports) + 10
        network = self._networks[asked['network_id']]
        (subnet_id,) = network['subnets']
        subnet = self._subnets[subnet_id]
        port: dict[str, Any] = {
            'id': str(uuid.uuid4()), 'name': '', 'status': 'DOWN',
            'admin_state_up': True, 'device_id': '', 'device_owner': '',
            'tenant_id': token.PROJECT_ID, 'project_id': token.PROJECT_ID,
            'mac_address': f'fa:16:3e:00:00:{number % 256:02x}',
            'fixed_ips': [{
                'subnet_id': subnet['id'], 'ip_address':
                subnet['gateway_ip'].removesuffix('.1') + f'.{number}'}],
            'security_groups': [], 'port_security_enabled': False,
            'binding:vnic_type': 'normal', 'binding:vif_type': 'unbound',
            'binding:vif_details': {}, 'binding:profile': {},
            'revision_number': 1}
        # An empty list of addresses asks Neutron to choose.
        port.update({key: value for key, value in asked.items()
                     if key != 'fixed_ips'})
        self._ports[port['id']] = port
        return {'port': copy.deepcopy(port)}

    def update_port(self, port_id: str, body: dict[str, Any],
                    revision_number: int | None = None) -> dict[str, Any]:
        """Bind or unbind a port, as the mechanism drivers would.

        :param revision_number: the only one in which the port is changed
        """
        asked = body['port']
        port = self._ports[port_id]
        if revision_number not in (None, port['revision_number']):
            raise client_errors.NeutronClientException(status_code=412)
        port['revision_number'] += 1
        if asked.get('binding:host_id'):
            port.update(self._bind({**port, **asked}))
        elif 'binding:host_id' in asked:
            port.update({'binding:vif_type': 'unbound',
                         'binding:vif_details': {}})
            if self._get_active_binding(port_id)[0] is None:
                # The fixture fails to unbind what was never bound.
                port.update(copy.deepcopy(asked))
                return {'port': copy.deepcopy(port)}
        answer: dict[str, Any] = super().update_port(port_id, body)
        if asked.get('binding:host_id'):
            # Neutron moves the binding and keeps none on the host it left;
            # the fixture would bring that one back in the next migration.
            bindings = self._port_bindings[port_id]
            for host in set(bindings) - {asked['binding:host_id']}:
                del bindings[host]
        return answer

    def _bind(self, port: dict[str, Any]) -> dict[str, Any]:
        """Return what the answering mechanism driver writes into the port.

        A SR-IOV port is bound only on the physical network of its own
        network, so a device of another one ends as ``binding_failed``.
        """
        network = self._networks[port['network_id']]
        vnic_type = port['binding:vnic_type']
        if vnic_type not in _SRIOV:
            return {'binding:vif_type': 'ovs', 'binding:vif_details': {
                'port_filter': True, 'connectivity': 'l2',
                'bound_drivers': {'0': 'openvswitch'}}}
        profile = port.get('binding:profile') or {}
        physnet = network['provider:physical_network']
        if ('pci_slot' not in profile
                or profile.get('physical_network') != physnet):
            return {'binding:vif_type': 'binding_failed',
                    'binding:vif_details': {}}
        return {
            'binding:vif_type': _SRIOV[vnic_type], 'binding:vif_details': {
                'port_filter': False, 'connectivity': 'l2',
                'vlan': str(network['provider:segmentation_id']),
                'bound_drivers': {'0': 'sriovnicswitch'}}}


def network_uuid(physnet: str) -> str:
    """Return the id of the network on a physical network, always equal."""
    return str(uuid.uuid5(_NAMESPACE, f'network {physnet}'))
