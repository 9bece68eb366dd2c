# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import domains
from nova_pci_ext.model.address import PciAddress

DOMAIN = """
<domain type='kvm'>
  <name>instance-00000001</name>
  <uuid>6b3b8ad0-5d6c-4f7e-9f51-1f9a1f6f2c10</uuid>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0000' bus='0x81' slot='0x02' function='0x3'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x06' slot='0x00'
               function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
      <source>
        <address uuid='83c32df7-d52e-4ec1-9668-1f3c7e4df107'/>
      </source>
    </hostdev>
    <interface type='hostdev' managed='yes'>
      <source>
        <address type='pci' domain='0x0000' bus='0x3b' slot='0x00'
                 function='0x1'/>
      </source>
    </interface>
    <interface type='direct'>
      <source dev='ens1v4' mode='passthrough'/>
    </interface>
    <interface type='bridge'><source bridge='br-int'/></interface>
    <interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>
  </devices>
</domain>
"""


def test_a_domain_has_devices_and_interfaces():
    assert domains.parse(DOMAIN, running=True) == domains.Domain(
        uuid='6b3b8ad0-5d6c-4f7e-9f51-1f9a1f6f2c10', running=True,
        name='instance-00000001', interfaces=('ens1v4',),
        vdpa=('/dev/vhost-vdpa-0',),
        mdevs=('83c32df7-d52e-4ec1-9668-1f3c7e4df107',), hostdevs=(
            PciAddress.parse('0000:3b:00.1'),
            PciAddress.parse('0000:81:02.3')))


def held(devices, running=True):
    """Return what a domain with these elements has, by kind."""
    found = domains.parse(
        f'<domain><uuid>u</uuid><devices>{devices}</devices></domain>',
        running=running)
    return ([*map(str, found.hostdevs), *found.interfaces, *found.mdevs,
             *found.vdpa], found.complete)


ADDRESS = "<address bus='0x81' slot='0x02' function='0x3'/>"
NVME = f"<source type='pci' managed='yes' namespace='1'>{ADDRESS}</source>"


@pytest.mark.parametrize(('devices', 'expected'), [
    (f"<hostdev type='pci'><source>{ADDRESS}</source></hostdev>",
     (['0000:81:02.3'], True)),
    ("<hostdev type='pci'><source/></hostdev>", ([], False)),
    ("<hostdev type='pci'/>", ([], False)),
    ("<hostdev type='pci'><source><address bus='rubbish'/></source>"
     "</hostdev>", ([], False)),
    ("<hostdev type='pci'><source><address bus='0x181'/></source>"
     "</hostdev>", ([], False)),
    ("<hostdev type='mdev'><source/></hostdev>", ([], False)),
    ("<hostdev type='usb'><source/></hostdev>", ([], True)),
    ("<hostdev type='scsi_host'><source/></hostdev>", ([], False)),
    ("<hostdev mode='capabilities' type='net'/>", ([], False)),
    ("<interface type='hostdev'><source><address type='usb'/></source>"
     "</interface>", ([], False)),
    ("<interface type='direct'><source dev='ens1.7'/></interface>",
     (['ens1.7'], True)),
    ("<interface type='direct'><source network='pool'/></interface>",
     ([], False)),
    ("<interface type='vdpa'><source dev='/dev/vhost-vdpa-1'/></interface>",
     (['/dev/vhost-vdpa-1'], True)),
    ("<interface type='vdpa'/>", ([], False)),
    ("<interface type='vhostuser'><source type='unix' path='/tmp/"
     "vhu0a1b2c3d-4e' mode='server'/></interface>", ([], False)),
    ("<interface type='network'><source network='pool'/></interface>",
     ([], False)),
    ("<interface type='network'><source network='default' bridge='virbr0'/>"
     '</interface>', ([], True)),
    ("<interface type='ethernet'><target dev='tap0'/></interface>",
     ([], True)),
    ("<interface type='new'/>", ([], False)),
    (f"<disk type='nvme'>{NVME}</disk>", (['0000:81:02.3'], True)),
    ("<disk type='nvme'/>", ([], False)),
    (f"<disk type='file'><source file='a'/><backingStore type='nvme'>{NVME}"
     "<backingStore/></backingStore><mirror type='file'/></disk>",
     (['0000:81:02.3'], True)),
    ("<disk type='vhostvdpa'><source dev='/dev/vhost-vdpa-2'/></disk>",
     (['/dev/vhost-vdpa-2'], True)),
    ("<disk type='vhostuser'><source path='/tmp/spdk'/></disk>",
     ([], False)),
    ("<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD128'/>"
     '</graphics>', ([], False)),
    ("<video><model type='virtio'/></video><graphics type='vnc'/>",
     ([], True)),
    ('<accelerator/>', ([], False)),
])
def test_what_is_not_known_is_not_complete(devices, expected):
    assert held(devices) == expected


def test_a_domain_that_is_off_has_nothing_of_a_pool():
    assert held("<interface type='network'><source network='pool'/>"
                '</interface>', running=False) == ([], True)


def test_arguments_of_the_hypervisor_are_not_known():
    found = domains.parse(
        "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        "<uuid>u</uuid><qemu:commandline><qemu:arg value='-device'/>"
        '</qemu:commandline></domain>', running=True)
    assert found.complete is False


@pytest.mark.parametrize(('text', 'message'), [
    ('<domain/>', 'libvirt: expected a domain as virsh dumpxml prints it'),
    ('<device><uuid>u</uuid></device>',
     'libvirt: expected a domain as virsh dumpxml prints it'),
    ('', 'libvirt: expected XML: no element found: line 1, column 0'),
], ids=['no UUID', 'a device', 'no XML'])
def test_what_is_no_domain_is_refused(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        domains.parse(text, running=False)
    assert str(caught.value) == message
