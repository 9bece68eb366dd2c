# SPDX-License-Identifier: Apache-2.0

"""The kinds of hand-over as Nova's objects, and what Nova's code with ours
makes of them: profile and element.
"""

import contextlib
import json

import nova.conf
from nova import objects
from nova.network import model as network_model
from nova.network import neutron
from oslo_config import fixture as config_fixture

from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.virt import guest_elements
from nova_pci_ext.virt import port_profile
from tests import hand_over

REQUEST_ID = '4e3bb0f5-6b64-4b3c-a5a7-5b3f0a2f0a10'
PROJECT_ID = '6f70656e737461636b20342065766572'
INSTANCE_ID = '7c9e2a10-6d7c-4a6f-8f52-0b3c6c1de001'


@contextlib.contextmanager
def configured():
    """Configure Nova as a compute with KVM and Snabb's sockets."""
    objects.register_all()
    nova.conf.CONF([], project='nova', default_config_files=[])
    with config_fixture.Config(nova.conf.CONF) as conf:
        conf.config(virt_type='kvm', group='libvirt')
        conf.config(vhostuser_socket_dir=hand_over.SOCKET_DIR,
                    group='pci_ext')
        yield conf


def nova_device(row):
    """The claimed device as Nova's tracker keeps it."""
    device, extra = row.claimed, {}
    capabilities = {}
    if device.capabilities:
        capabilities['network'] = list(device.capabilities)
    if device.vf_index is not None:
        capabilities['sriov'] = {'pf_mac_address': hand_over.PF_MAC,
                                 'vf_num': device.vf_index}
    if device.serial:
        capabilities['vpd'] = {'card_serial_number': device.serial}
    if capabilities:
        extra['capabilities'] = json.dumps(capabilities)
    if device.mac:
        extra['mac_address'] = device.mac
    if not row.managed:
        extra['managed'] = 'false'
    return objects.PciDevice(
        compute_node_id=1, address=str(device.address),
        status='allocated', instance_uuid=INSTANCE_ID,
        vendor_id=device.vendor_id, product_id=device.product_id,
        dev_type=device.dev_type, extra_info=extra, request_id=REQUEST_ID,
        parent_addr=device.parent and str(device.parent), numa_node=None)


def nova_instance(row, requester_id=hand_over.PORT_ID):
    """A server that owns the row's device, for its port or an alias."""
    devices = [nova_device(row)] if row.claimed else []
    asked = ({'requester_id': requester_id} if row.vnic_type
             else {'alias_name': 'a1'})
    requests = [objects.InstancePCIRequest(
        request_id=REQUEST_ID, count=1, spec=[{}], **asked)]
    return objects.Instance(
        id=1, uuid=INSTANCE_ID, project_id=PROJECT_ID, task_state=None,
        display_name='guest',
        flavor=objects.Flavor(extra_specs={}, vcpus=1),
        image_ref='', system_metadata={},
        pci_devices=objects.PciDeviceList(objects=devices),
        pci_requests=objects.InstancePCIRequests(
            requests=requests if devices else []))


def nova_vif(row):
    """The port as Nova's network code hands it to the driver."""
    return network_model.VIF(
        id=hand_over.PORT_ID, address=hand_over.MAC, type=row.vif_type,
        vnic_type=row.vnic_type, details=dict(row.details),
        profile=row.profile, devname=f'tap{hand_over.PORT_ID}'[:14],
        network=network_model.Network(
            id='cd2f4a4e-2a0f-4f0b-9a44-0d7d8a6e2f11', label='net',
            bridge='br-int'))


def host(row):
    """The host of a row's device, as it would be recorded."""
    return Inventory(host='compute1', devices=(
        (row.claimed,) if row.claimed else ()))


def elements_of(row):
    """What writes the elements of the host of a row's device."""
    return guest_elements.GuestElements(host(row))


def element(row):
    """The element that a guest boots from; None where Nova alone says it."""
    elements = elements_of(row)
    instance = nova_instance(row)
    if row.vnic_type:
        return elements.of_port(instance, nova_vif(row))
    (found,) = elements.of_aliases(instance)
    return found


def profile(row, conf):
    """What our compute writes into the port's ``binding:profile``."""
    if row.claimed is None:
        return row.extra_profile
    spec = {'address': '*:*:*.*', 'physical_network': row.physnet}
    conf.config(device_spec=[json.dumps(spec)], group='pci')
    (wrap,) = [wrap for _, name, wrap in port_profile.REPLACED
               if name == '_get_pci_device_profile']
    describe = wrap(neutron.API._get_pci_device_profile)
    return {**row.extra_profile,
            **describe(neutron.API(), nova_device(row))}
