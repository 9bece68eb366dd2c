# SPDX-License-Identifier: Apache-2.0

"""Every kind of hand-over, once; the tests and the documentation read this.

A row stands for a row of the feature list: C1 to C10 are kinds of device and
network I/O, D5 is the plain ``<hostdev>``.
"""

import dataclasses

from nova_pci_ext.binding import vif_details
from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.binding import BoundPort
from nova_pci_ext.model.binding import HostdevPhysical

PORT_ID = '0b6f5a5e-8d3c-4e53-a3f5-5a0f0e3c7d10'
MAC = 'fa:16:3e:10:20:30'
PF_MAC = '52:54:00:10:c9:00'
SOCKET_DIR = '/var/lib/libvirt/qemu'

PF = device.Device(
    address=PciAddress.parse('0000:81:00.0'), vendor_id='8086',
    product_id='10c9', dev_type=device.DeviceType.PF, mac=PF_MAC,
    netdevs=('ens1',))
VF = device.Device(
    address=PciAddress.parse('0000:81:10.2'), vendor_id='8086',
    product_id='10ca', dev_type=device.DeviceType.VF, parent=PF.address,
    vf_index=1, capabilities=('rx', 'tx'), netdevs=('ens1v1',))
OFFLOAD_VF = dataclasses.replace(
    VF, vendor_id='15b3', product_id='101e', serial='MT2113X00000',
    capabilities=('rx', 'switchdev', 'tx'))
VDPA = dataclasses.replace(
    OFFLOAD_VF, dev_type=device.DeviceType.VDPA, capabilities=(),
    serial=None, vf_index=None)
GPU = device.Device(
    address=PciAddress.parse('0000:0b:00.0'), vendor_id='10de',
    product_id='2236', dev_type=device.DeviceType.PCI)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One kind, from the claim to the element.

    :ivar vnic_type: None for a device that an alias asks for
    :ivar extra_profile: what others than Nova wrote into the profile
    :ivar nova: whether Nova 34 alone writes the same element; if not, why
    """

    name: str
    feature: str
    claimed: device.Device | None = None
    physnet: str | None = 'physnet1'
    vnic_type: str | None = None
    vif_type: str | None = None
    details: dict = dataclasses.field(default_factory=dict)
    extra_profile: dict = dataclasses.field(default_factory=dict)
    managed: bool = True
    nova: str = 'same'

    @property
    def profile(self):
        """``binding:profile`` as it should be written to Neutron."""
        written = {}
        if self.claimed is not None:
            written = write_profile(self.claimed, self.physnet)
        return {**self.extra_profile, **written}

    @property
    def port(self):
        return vif_details.complete_socket(BoundPort(
            port_id=PORT_ID, mac=MAC, vnic_type=self.vnic_type,
            vif_type=self.vif_type, vif_details=self.details,
            profile=self.profile), SOCKET_DIR)

    @property
    def binding(self):
        if self.vnic_type is None:
            return HostdevPhysical(address=self.claimed.address)
        return vif_details.read_binding(self.port)


def write_profile(claimed, physnet):
    """Say what Nova should tell the mechanism driver of a device.

    A VF says so when it has no capabilities: Neutron decides by them, and
    Nova's callers update the profile of the last host's VF.
    """
    profile = {
        'pci_vendor_info': f'{claimed.vendor_id}:{claimed.product_id}',
        'pci_slot': str(claimed.address), 'physical_network': physnet}
    if claimed.dev_type is device.DeviceType.VF:
        profile |= {'capabilities': list(claimed.capabilities),
                    'pf_mac_address': PF_MAC, 'vf_num': claimed.vf_index}
        if claimed.serial:
            profile['card_serial_number'] = claimed.serial
    elif claimed.dev_type is device.DeviceType.PF:
        profile['device_mac_address'] = claimed.mac
    return profile


SRIOV = {'port_filter': False, 'connectivity': 'l2'}
VLAN = {**SRIOV, 'vlan': '123'}
QBG = {'managerid': '11', 'typeid': 1193047, 'typeidversion': '2',
       'instanceid': '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'}
AGENT = {'macvtap_source': 'ens2.123', 'macvtap_mode': 'bridge',
         'physical_interface': 'ens2', 'vlan': 123}
ONE_PARAMETERS = 'writes <parameters> once a value, which libvirt refuses'
NO_PROFILE = 'reads vif_details alone'
NO_MODE = 'knows passthrough only'

ROWS = (
    Row('emulated or paravirtual NIC', 'C1', vnic_type='normal',
         vif_type='ovs', details={'port_filter': True}),
    Row('whole device, by alias', 'C2, D5', GPU),
    Row('whole device, managed no', 'C2, D4', GPU, managed=False),
    Row('PF, by alias', 'C3', PF),
    Row('VF, by alias', 'C4', VF),
    Row('PF, by port', 'C3', PF, vnic_type='direct-physical',
         vif_type='hostdev_physical', details=VLAN),
    Row('VF on a VLAN network', 'C4, C8', VF, vnic_type='direct',
         vif_type='hw_veb', details=VLAN),
    Row('VF on a flat network', 'C4, C8', VF, vnic_type='direct',
         vif_type='hw_veb', details={**SRIOV, 'vlan': '0'}),
    Row('VF of an InfiniBand card', 'C4', VF, vnic_type='direct',
         vif_type='ib_hostdev', details=VLAN),
    Row('macvtap on a VF', 'C5', VF, vnic_type='macvtap', vif_type='hw_veb',
         details=VLAN),
    *(Row(f'macvtap on a VF, {mode}', 'C5', VF, vnic_type='macvtap',
           vif_type='hw_veb', details={**SRIOV, 'vlan': '0',
                                       'macvtap_mode': mode}, nova=NO_MODE)
      for mode in ('bridge', 'vepa', 'private')),
    *(Row(f'macvtap on a VF, {mode}, by profile', 'C5', VF,
           vnic_type='macvtap', vif_type='hw_veb', details=VLAN,
           extra_profile={'macvtap_mode': mode}, nova=NO_MODE)
      for mode in ('bridge', 'vepa', 'private')),
    Row('macvtap on a host interface', 'C5', vnic_type='normal',
         vif_type='macvtap', details=AGENT),
    Row('macvtap on a host interface, vepa, by profile', 'C5',
         vnic_type='normal', vif_type='macvtap', details=AGENT,
         extra_profile={'macvtap_mode': 'vepa'}, nova=NO_PROFILE),
    Row('802.1Qbg on a VF', 'C6', VF, vnic_type='macvtap',
         vif_type='802.1qbg', details=QBG, nova=ONE_PARAMETERS),
    Row('802.1Qbg on a host interface', 'C6', vnic_type='normal',
         vif_type='802.1qbg', details={**QBG, 'physical_interface': 'ens2'},
         nova=ONE_PARAMETERS),
    Row('802.1Qbg on a VF, by profile', 'C6', VF, vnic_type='macvtap',
         vif_type='802.1qbg', details=SRIOV, extra_profile=QBG,
         nova=ONE_PARAMETERS),
    Row('802.1Qbh, VF', 'C7', VF, vnic_type='direct', vif_type='802.1qbh',
         details={'profileid': 'tenant-7'}),
    Row('802.1Qbh, macvtap', 'C7', VF, vnic_type='macvtap',
         vif_type='802.1qbh', details={'profileid': 'tenant-7'}),
    Row('802.1Qbh, VF, by profile', 'C7', VF, vnic_type='direct',
         vif_type='802.1qbh', details=SRIOV,
         extra_profile={'profileid': 'tenant-7'}, nova=NO_PROFILE),
    Row('vhost-user', 'C9', vnic_type='normal', vif_type='vhostuser',
         details={'vhostuser_socket': '/run/vhu/p1', 'vhostuser_mode':
                  'client'}),
    Row('vhost-user, socket not named (Snabb)', 'C9', vnic_type='normal',
         vif_type='vhostuser', extra_profile={'zone_gbps': 5},
         details={'port_filter': True, 'zone_host': 'compute1',
                  'zone_ip': '10.0.0.7', 'zone_vlan': 101,
                  'zone_port': 'port0', 'zone_gbps': 5.0},
         nova='refuses a port without a socket'),
    Row('vDPA device', 'C10', VDPA, vnic_type='vdpa', vif_type='ovs'),
    Row('remote-managed VF (DPU)', 'C10', OFFLOAD_VF, physnet=None,
         vnic_type='remote-managed', vif_type='ovs'),
    Row('VF with a switchdev representor', 'C10', OFFLOAD_VF,
         vnic_type='direct', vif_type='ovs'),
    Row('virtio-forwarder', 'C10', OFFLOAD_VF, vnic_type='virtio-forwarder',
         vif_type='agilio_ovs',
         details={'vhostuser_socket': '/run/vhu/p1'}),
    Row('trusted VF', 'C10', VF, vnic_type='direct', vif_type='hw_veb',
         details=VLAN, extra_profile={'trusted': 'true'}),
    Row('trusted macvtap', 'C10', VF, vnic_type='macvtap', vif_type='hw_veb',
         details=VLAN, extra_profile={'trusted': 'true'},
         nova='does not pass the trust on'),
    Row('live-migratable VF, by alias', 'C10', VF, managed=False),
    Row('live-migratable VF, by port', 'C10', VF, vnic_type='direct',
         vif_type='hw_veb', details=VLAN, managed=False,
         nova='writes managed yes for every port'),
    Row('one-time-use device, by alias', 'C10', GPU),
)
WITH_ELEMENT = tuple(row for row in ROWS if row.binding is not None)
