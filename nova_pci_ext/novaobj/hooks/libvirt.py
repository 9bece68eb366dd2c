# SPDX-License-Identifier: Apache-2.0

"""What our virt drivers lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

# The recorded driver writes down what the libvirt driver would make.
_LIBVIRT = frozenset({Part.LIBVIRT, Part.RECORDED})
_RECORDED = frozenset({Part.RECORDED})
_HOST = frozenset({Part.LIBVIRT})
_DRIVER = 'nova.virt.libvirt.driver:LibvirtDriver'
_VIF = 'nova.virt.libvirt.vif:LibvirtGenericVIFDriver'
_DESIGNER = 'nova.virt.libvirt.designer'

LIBVIRT = (
    Owner(path=_DRIVER, use=Use.OVERRIDDEN, parts=_LIBVIRT,
          ours='nova_pci_ext.virt.libvirt_driver:LibvirtDriver',
          members={'_guest_add_pci_devices': 'guest, instance',
                   '_attach_pci_devices': 'guest, pci_devs',
                   '_get_pci_passthrough_devices': None,
                   'get_available_resource': 'nodename',
                   'init_host': 'host',
                   '_create_guest': 'context, xml, instance',
                   'attach_interface': 'context, instance, image_meta, vif'},
          why='order and freshness of the devices, what VFIO lacks, and what '
              'ports need once a guest has its devices'),
    Owner(path=_DRIVER, use=Use.READ, parts=_HOST,
          members=names('vif_driver _host'),
          why='our VIF driver is set in the place of Nova\'s'),
    Owner(path=f'{_DRIVER}.get_available_resource', use=Use.ASKED_BY_NOVA,
          parts=_HOST, members=names('_get_pci_passthrough_devices'),
          why='our report is asked for'),
    Owner(path=f'{_DRIVER}._get_guest_config', use=Use.ASKED_BY_NOVA,
          parts=_HOST,
          members=names('vif_driver get_config _guest_add_pci_devices'),
          why='guests are built from our elements'),
    Owner(path=f'{_DRIVER}._create_guest_with_network',
          use=Use.ASKED_BY_NOVA, parts=_HOST,
          members=names('plug_vifs _create_guest'),
          why='ports are finished when their guest starts'),
    Owner(path=f'{_DRIVER}.attach_interface', use=Use.ASKED_BY_NOVA,
          parts=_HOST, members=names('vif_driver plug get_config'),
          why='so are attached ports'),
    Owner(path=_VIF, use=Use.OVERRIDDEN, parts=_LIBVIRT,
          ours='nova_pci_ext.virt.vif:PciVifDriver',
          members={
              'get_config':
                  'instance, vif, image_meta, flavor, virt_type',
              'get_config_802qbg': None, 'plug_hw_veb': 'instance, vif',
              'plug': 'instance, vif', 'unplug': 'instance, vif'},
          why='bindings are checked, and elements corrected'),
    Owner(path=f'{_VIF}.get_config', use=Use.ASKED_BY_NOVA, parts=_LIBVIRT,
          members=names('get_config_802qbg'), why='802.1Qbg is ours'),
    Owner(path='nova.privsep.linux_net', use=Use.CALLED, parts=_LIBVIRT,
          members=names('set_device_macaddr_and_vlan set_device_macaddr '
                        'set_device_enabled'),
          why='the MAC of a VF below a macvtap device'),
    Owner(path=_VIF, use=Use.CALLED, parts=_LIBVIRT,
          members={'__init__': 'host',
                   'get_base_config': 'instance, mac, image_meta, flavor, '
                                      'virt_type, vnic_type'},
          why='the frame of an element'),
    Owner(path='nova.virt.libvirt.vif', use=Use.CALLED, parts=_LIBVIRT,
          members={'set_vf_trusted': 'pci_addr, trusted'},
          why='trust for the VF below a macvtap device'),
    Owner(path=_DESIGNER, use=Use.CALLED, parts=_LIBVIRT,
          members={
              'set_vif_host_backend_802qbg_config':
                  'conf, devname, managerid, typeid, typeidversion, '
                  'instanceid',
              'set_vif_bandwidth_config': 'conf, flavor'},
          why='802.1Qbg is ours'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigGuestInterface',
          use=Use.OVERRIDDEN, parts=_LIBVIRT,
          ours='nova_pci_ext.virt.vif:GuestInterface',
          members={'format_dom': ''},
          why='what the class of Nova cannot say'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigObject',
          use=Use.OVERRIDDEN, parts=_LIBVIRT,
          ours='nova_pci_ext.virt.group_metadata:DeviceGroups',
          members={'format_dom': ''},
          why='the groups of devices in the metadata of a domain'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigObject',
          use=Use.CALLED, parts=_LIBVIRT,
          members={'__init__': '*, root_name, ns_prefix, ns_uri',
                   '_new_node': 'node_name'},
          why='the groups of devices in the metadata of a domain'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigGuest', use=Use.READ,
          parts=_HOST, members=names('metadata'),
          why='the groups of devices in the metadata of a domain'),
    Owner(path='nova.virt.libvirt.config', use=Use.READ, parts=_LIBVIRT,
          members=names('LibvirtConfigGuestHostdevPCI'),
          why='which element is a whole function'),
    Owner(path='nova.network.model:VIF', use=Use.CALLED, parts=_LIBVIRT,
          members={'hydrate': 'vif'},
          why='a port with a completed socket'),
    Owner(path='nova.pci.utils', use=Use.CALLED, parts=_LIBVIRT,
          members={
              'get_ifname_by_pci_address': 'pci_addr, pf_interface',
              'get_vf_num_by_pci_address': 'pci_addr',
              'get_mac_by_pci_address': 'pci_addr'},
          why='the interface below a macvtap device'),
    Owner(path='nova.exception', use=Use.READ, parts=_LIBVIRT,
          members=names('InvalidInput VirtualInterfacePlugException '
                        'PciDeviceNotFoundById PciDeviceDetachFailed'),
          why='errors that end a build, or free a device'),
)

HOST = (
    Owner(path='nova.virt.libvirt.host', use=Use.READ, parts=_HOST,
          members=names('libvirt'), why="libvirt's constants and errors"),
    Owner(path='nova.virt.libvirt.host:Host', use=Use.CALLED, parts=_HOST,
          members={
              'list_guests': '', 'get_connection': '',
              '_wrap_libvirt_proxy': 'obj',
              '_get_pcidev_info':
                  'devname, dev, net_devs, vdpa_devs, pci_devs'},
          why='the devices and guests that the host has now'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigNodeDevice',
          use=Use.CALLED, parts=_HOST, members={'parse_str': 'xmlstr'},
          why='the PF of a VF'),
    Owner(path='nova.virt.libvirt.config:LibvirtConfigNodeDevice',
          use=Use.READ, parts=_HOST, members=names('pci_capability'),
          why='the PF of a VF'),
)

RECORDED = (
    Owner(path='nova.virt.fake:FakeDriver', use=Use.OVERRIDDEN,
          parts=_RECORDED,
          ours='nova_pci_ext.virt.recorded_driver:RecordedDriver',
          members={'reboot': 'context, instance, network_info, reboot_type',

              '__init__': 'virtapi, read_only',
              'init_host': 'host', 'get_available_resource': 'nodename',
              'get_nodenames_by_uuid': None,
              **names('spawn power_off power_on migrate_disk_and_power_off '
                      'finish_migration finish_revert_migration destroy'),
              'attach_interface': 'context, instance, image_meta, vif',
              'detach_interface': 'context, instance, vif'},
          why='a host without hardware'),
    Owner(path='nova.virt.fake:FakeDriver', use=Use.CALLED, parts=_RECORDED,
          members={'_set_nodes': 'nodes', 'get_available_nodes': 'refresh'},
          why='the one node'),
    Owner(path='nova.virt.fake:FakeDriver', use=Use.READ, parts=_RECORDED,
          members=names('instances vcpus memory_mb local_gb resources'),
          why='its guests and its size'),
    Owner(path='nova.virt.fake', use=Use.CALLED, parts=_RECORDED,
          members={'FakeInstance': 'name, state, uuid',
                   'Resources': 'vcpus, memory_mb, local_gb'},
          why='its guests and its size'),
    Owner(path='nova.virt.node', use=Use.CALLED, parts=_RECORDED,
          members={'get_local_node_uuid': ''}, why='its identity'),
    Owner(path='nova.compute.power_state', use=Use.READ, parts=_RECORDED,
          members=names('RUNNING SHUTDOWN'), why='its guests'),
    Owner(path=f'{_DESIGNER}:set_vif_host_backend_hw_veb',
          use=Use.ASKED_BY_NOVA, parts=_RECORDED,
          members=names('pci_utils get_ifname_by_pci_address'),
          why='the recording names the interface'),
    Owner(path=f'{_DESIGNER}:set_vif_host_backend_802qbh_config',
          use=Use.ASKED_BY_NOVA, parts=_RECORDED,
          members=names('pci_utils get_ifname_by_pci_address'),
          why='the recording names the interface'),
    Owner(path=f'{_VIF}._get_vdpa_dev_path', use=Use.ASKED_BY_NOVA,
          parts=_RECORDED, members=names('get_vdpa_device_path'),
          why='the recording names the character device'),
)
