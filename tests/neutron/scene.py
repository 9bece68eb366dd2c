# SPDX-License-Identifier: Apache-2.0

"""A server with a port on a real Neutron, in the steps that Nova takes.

The networks: physnet1 has a VLAN network, the others flat ones; one network
is a VXLAN tunnel.
"""

import json
import uuid
from unittest import mock

from nova import objects
from nova.network import neutron
from nova.pci import utils as pci_utils

from nova_pci_ext.virt import vif as our_vif

PROJECT = '6f70656e737461636b20342065766572'
PF_MAC = 'a0:36:9f:09:00:00'
NETWORKS = {
    'vlan': {'provider:network_type': 'vlan',
             'provider:physical_network': 'physnet1',
             'provider:segmentation_id': 42},
    'flat': {'provider:network_type': 'flat',
             'provider:physical_network': 'physnet2'},
    'qbg': {'provider:network_type': 'flat',
            'provider:physical_network': 'physnet3'},
    'qbh': {'provider:network_type': 'flat',
            'provider:physical_network': 'physnet4'},
    'vxlan': {'provider:network_type': 'vxlan',
              'provider:segmentation_id': 7},
}
BUS = {'vlan': 0x81, 'flat': 0x82, 'qbg': 0x83, 'qbh': 0x84, 'vxlan': 0x81}
TAG = {'vlan': 42, 'flat': 0}
SLOT = {'host-a': 0x10, 'host-b': 0x11, 'host-c': 0x12}


def _listed(device):
    return objects.PciDeviceList(objects=[device] if device else [])


class Scene:
    """One server with one port, and the devices claimed for it."""

    def __init__(self, api, context, kind, vnic_type, profile=None):
        self.api, self.context = api, context
        self.kind, self.vnic_type = kind, vnic_type
        self.client = neutron.get_client(context, admin=True)
        self.network = self._network()
        self.port_id = self.client.create_port({'port': {
            'network_id': self.network['id'], 'tenant_id': PROJECT,
            'binding:vnic_type': vnic_type,
            'binding:profile': profile or {}}})['port']['id']
        self.request = self._request()
        self.instance = objects.Instance(
            id=1, uuid=str(uuid.uuid4()), project_id=PROJECT,
            user_id='user', hostname='guest',
            availability_zone='nova', task_state=None, display_name='guest',
            flavor=objects.Flavor(extra_specs={}, vcpus=1),
            migration_context=None,
            pci_requests=objects.InstancePCIRequests(
                requests=[self.request] if self.request else []))
        self.own(None)

    def _network(self):
        for network in self.client.list_networks(name=self.kind)['networks']:
            return network
        return self.client.create_network({'network': {
            'name': self.kind, 'tenant_id': PROJECT,
            **NETWORKS[self.kind]}})['network']

    def _request(self):
        requests = objects.InstancePCIRequests(requests=[])
        self.api.create_resource_requests(
            self.context, objects.NetworkRequestList(objects=[
                objects.NetworkRequest(port_id=self.port_id)]), requests)
        return requests.requests[0] if requests.requests else None

    def claim(self, host, capabilities=()):
        """A free device of the host, claimed as the tracker would.

        :returns: None for a port that takes no device
        """
        if self.request is None:
            return None
        whole = self.vnic_type == 'direct-physical'
        address = f'0000:{BUS[self.kind]:02x}:{SLOT[host]:02x}.0'
        extra = {'mac_address': PF_MAC} if whole else {
            'capabilities': json.dumps({
                'network': list(capabilities),
                'sriov': {'pf_mac_address': PF_MAC, 'vf_num': 3}})}
        return objects.PciDevice(
            compute_node_id=1, address=address, vendor_id='8086',
            status='allocated', instance_uuid=self.instance.uuid,
            product_id='10c9' if whole else '10ca', extra_info=extra,
            dev_type='type-PF' if whole else 'type-VF',
            parent_addr=None, request_id=self.request.request_id)

    def own(self, device):
        self.instance.pci_devices = _listed(device)

    def bind(self, host, device):
        """Bind the port as Nova does when it builds a server."""
        self.own(device)
        body = {'port': {
            'device_id': self.instance.uuid, 'device_owner': 'compute:nova',
            'binding:profile': self.port()['binding:profile']}}
        self.api._populate_neutron_extension_values(
            self.context, self.instance,
            self.request and self.request.request_id, body,
            network=self.network, neutron=self.client, bind_host_id=host)
        self.client.update_port(self.port_id, body)

    def move(self, host, device):
        """Bind the port anew as Nova does when it has moved a server."""
        migration = objects.Migration(
            migration_type='migration', status='finished')
        self.instance.migration_context = objects.MigrationContext(
            old_pci_devices=self.instance.pci_devices,
            new_pci_devices=_listed(device))
        self.api._update_port_binding_for_instance(
            self.context, self.instance, host, migration)
        self.own(device)

    def unbind(self):
        self.api._unbind_ports(self.context, [self.port_id], self.client)

    def port(self):
        return self.client.show_port(self.port_id)['port']

    def bound(self):
        """What Neutron answered, without its own book-keeping."""
        port = self.port()
        details = {key: value
                   for key, value in port['binding:vif_details'].items()
                   if key != 'bound_drivers'}
        return port['binding:host_id'], port['binding:vif_type'], details

    def config(self):
        """The element that our VIF driver makes of the answer."""
        return self.written_by(our_vif.PciVifDriver())

    def vif(self):
        """Nova's view of the port, which a VIF driver is given."""
        return self.api._build_vif_model(
            self.context, self.client, self.port(), [self.network], [])

    def written_by(self, driver):
        """The element that a VIF driver makes of the answer."""
        vif = self.vif()
        with mock.patch.object(pci_utils, 'get_ifname_by_pci_address',
                               return_value='ens1v3'):
            return driver.get_config(
                self.instance, vif, objects.ImageMeta.from_dict({}),
                self.instance.flavor, 'kvm').to_xml()
