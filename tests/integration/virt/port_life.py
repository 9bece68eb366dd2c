# SPDX-License-Identifier: Apache-2.0

"""The life of SR-IOV ports in an embedded Nova, told as JSON.

Two computes with the same card on different buses. Nova's configuration is
global, so ``test_ports`` runs this file in a process of its own.
"""

# ruff: noqa: E402 - threads are chosen before Nova is imported anywhere.
from nova_pci_ext.quickstart import threads

threads.use_threads()

import contextlib
import json
import pathlib
import sys
import tempfile
import time
import warnings

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.quickstart import client
from nova_pci_ext.quickstart import cloud
from nova_pci_ext.quickstart import neutron
from nova_pci_ext.quickstart import observe
from nova_pci_ext.virt import hand_over

NOVA_CONF = """\
[pci]
device_spec = {"product_id": "10ca", "physical_network": "physnet1"}
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,PciPassthroughFilter
"""
# What a mechanism driver may answer, and should not.
BAD_ANSWERS = {
    'missing vlan': {'binding:vif_details': {'port_filter': False}},
    'wrong type': {'binding:vif_details': {'vlan': True}},
    'unknown mode': {'binding:vif_details': {
        'vlan': '101', 'macvtap_mode': 'tunnel'}},
    'empty socket': {'binding:vif_type': 'agilio_ovs',
                     'binding:vif_details': {'vhostuser_socket': ''}},
    'foreign kind': {'binding:vif_type': 'vhostuser',
                     'binding:vif_details': {'vhostuser_socket': '/s'}},
}
VNIC_TYPES = {'unknown mode': 'macvtap', 'empty socket': 'virtio-forwarder'}


def host(name, bus):
    """A host with one PF of two VFs; the first host's have an offload."""
    pf = PciAddress(0, bus, 0, 0)
    features = ('rx', 'switchdev') if name == 'host-a' else ()
    vfs = tuple(Device(
        address=PciAddress(0, bus, 0x10, 2 * number), vendor_id='8086',
        product_id='10ca', dev_type=DeviceType.VF, parent=pf,
        vf_index=number, capabilities=features,
        netdevs=(f'{name}v{number}',)) for number in range(2))
    return Inventory(host=name, devices=(Device(
        address=pf, vendor_id='8086', product_id='10c9',
        dev_type=DeviceType.PF, mac=f'52:54:00:00:00:{bus:02x}',
        netdevs=(name,)), *vfs))


class Life:
    """One cloud, and what was seen in it."""

    def __init__(self, running):
        self._cloud = running
        self._api = client.Client(running.api_url)
        self._network = running.stand_ins.network
        self._image = running.stand_ins.image.image1['id']
        self._flavor = self._api.create_flavor(
            'small', vcpus=1, ram_mb=64, disk_gb=1)

    def port(self, vnic_type='direct'):
        return self._network.create_port({'port': {
            'network_id': neutron.network_uuid('physnet1'),
            'binding:vnic_type': vnic_type}})['port']['id']

    def profile(self, port_id):
        return self._network.show_port(port_id)['port']['binding:profile']

    def boot(self, networks):
        return self._api.boot('guest', self._flavor, self._image, networks)

    def seen(self, server_id, port_id):
        """What Neutron, the driver and the database have of a port."""
        records = [
            {'host': name, 'devices': [
                device['address'] for device in record['devices']],
             'macs': [port['mac'] for port in record['ports']],
             'elements': [port['element'] for port in record['ports']]}
            for name, path in sorted(self._cloud.state_paths.items())
            for record in hand_over.read_all(str(path))
            if record['server'] == server_id]
        return {'profile': self.profile(port_id), 'driver': records,
                'owned': observe.owned_addresses(server_id)}

    def wait(self, until, what):
        deadline = time.monotonic() + 60
        while not until():
            if time.monotonic() > deadline:
                raise SystemExit(
                    f'waited in vain for {what}: {self._api.servers()}')
            time.sleep(0.1)

    def action(self, server_id, name, status):
        self._api.call('POST', f'/servers/{server_id}/action', {name: None})
        self.wait(lambda: self.server(server_id)['status'] == status,
                  f'{status} after {name}')

    def server(self, server_id):
        return self._api.call('GET', f'/servers/{server_id}')['server']

    def attach_and_detach(self):
        server_id = self.boot('none')['id']
        port_id = self.port()
        self._api.call('POST', f'/servers/{server_id}/os-interface', {
            'interfaceAttachment': {'port_id': port_id}})
        attached = self.seen(server_id, port_id)
        self._api.call('DELETE',
                       f'/servers/{server_id}/os-interface/{port_id}')
        self.wait(lambda: not observe.owned_addresses(server_id),
                  'the device to be free')
        found = {'attached': attached,
                 'detached': self.seen(server_id, port_id)}
        self._api.delete_all()
        return found

    def migrate(self):
        """Move a server with a port there, back, and there for good."""
        port_id = self.port()
        server_id = self.boot([{'port': port_id}])['id']
        found = {'booted': self.seen(server_id, port_id)}
        self.action(server_id, 'migrate', 'VERIFY_RESIZE')
        found['moved'] = self.seen(server_id, port_id)
        self.action(server_id, 'revertResize', 'ACTIVE')
        found['reverted'] = self.seen(server_id, port_id)
        self.action(server_id, 'migrate', 'VERIFY_RESIZE')
        self.action(server_id, 'confirmResize', 'ACTIVE')
        self.wait(lambda: len(observe.owned_addresses(server_id)) == 1,
                  'the source to give its device back')
        found['confirmed'] = self.seen(server_id, port_id)
        self._api.delete_all()
        self.wait(lambda: not observe.owned_addresses(server_id),
                  'the devices of a deleted server to be free')
        found['deleted'] = self.profile(port_id)
        return found

    def answer_badly(self, name):
        """Boot, and attach, while the mechanism driver answers badly."""
        vnic_type = VNIC_TYPES.get(name, 'direct')
        port_id = self.port(vnic_type)
        with self._answering(BAD_ANSWERS[name]):
            server = self.boot([{'port': port_id}])
        message = server.get('fault', {}).get('message', '')
        found = {'status': server['status'],
                 'message': message.replace(port_id, 'PORT').replace(
                     server['id'], 'SERVER'),
                 'devices': observe.count_devices()}
        self._api.delete_all()
        return {**found, 'attach': self._attach_badly(name, vnic_type)}

    def _attach_badly(self, name, vnic_type):
        server_id = self.boot('none')['id']
        port_id = self.port(vnic_type)
        try:
            with self._answering(BAD_ANSWERS[name]):
                self._api.call('POST', f'/servers/{server_id}/os-interface', {
                    'interfaceAttachment': {'port_id': port_id}})
            refused = False
        except client.ApiError:
            refused = True
        found = {'refused': refused, 'devices': observe.count_devices(),
                 'profile': self.profile(port_id)}
        self._api.delete_all()
        return found

    @contextlib.contextmanager
    def _answering(self, answer):
        bind = self._network._bind
        self._network._bind = lambda port: {**bind(
            {**port, 'binding:vnic_type': 'direct'}), **answer}
        try:
            yield
        finally:
            self._network._bind = bind


def tell():
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        nova_conf = folder / 'nova.conf'
        nova_conf.write_text(NOVA_CONF)
        running = stack.enter_context(cloud.run_cloud(
            nova_conf, folder, [host('host-a', 0x0a), host('host-b', 0x0b)],
            ['physnet1'], lambda _: None))
        life = Life(running)
        return {
            'attach and detach': life.attach_and_detach(),
            'migrate': life.migrate(),
            'bad answers': {name: life.answer_badly(name)
                            for name in BAD_ANSWERS}}


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    json.dump(tell(), sys.stdout)
