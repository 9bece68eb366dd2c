# SPDX-License-Identifier: Apache-2.0

"""Node devices of libvirt that are not as the recorded ones."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType

PF = PciAddress.parse('10000:e1:00.0')
VF = PciAddress.parse('10000:e1:00.2')


def pci(name, slot_function, *, extra='', ids=True):
    """Text of a PCI node device on bus e1 of domain 0x10000."""
    slot, function = slot_function
    named = ("<product id='0x101e'/><vendor id='0x15b3'>Mellanox</vendor>"
             if ids else '')
    return (f"<device><name>{name}</name><parent>computer</parent>"
            f"<capability type='pci'><domain>65536</domain><bus>225</bus>"
            f"<slot>{slot}</slot><function>{function}</function>{named}"
            f"{extra}</capability></device>")


def test_a_vdpa_device_in_a_32_bit_domain_with_a_serial_number():
    vfs = ("<capability type='virt_functions'><address domain='0x10000'"
           " bus='0xe1' slot='0x00' function='0x2'/></capability>"
           "<capability type='vpd'><fields access='change'>"
           "<serial_number>no</serial_number></fields>"
           "<fields access='readonly'><serial_number>MT1</serial_number>"
           "</fields></capability>")
    pf = ("<capability type='phys_function'><address domain='0x10000'"
          " bus='0xe1' slot='0x00' function='0x0'/></capability>")
    vdpa = ("<device><name>vdpa_vdpa0</name><parent>vf</parent>"
            "<capability type='vdpa'/></device>")
    found = nodedev.parse('h', 'recorded', {
        '1': vdpa, '2': pci('vf', (0, 2), extra=pf),
        '3': pci('pf', (0, 0), extra=vfs)})
    assert found.devices == (
        Device(address=PF, vendor_id='15b3', product_id='101e',
               vendor_name='Mellanox', dev_type=DeviceType.PF,
               serial='MT1', total_vfs=1, num_vfs=1),
        Device(address=VF, vendor_id='15b3', product_id='101e',
               vendor_name='Mellanox', dev_type=DeviceType.VDPA,
               parent=PF, vf_index=0))


@pytest.mark.parametrize(('text', 'message'), [
    pytest.param('<device>', 'f: expected XML: no element found: line 1, '
                 'column 8', id='a text that is cut off'),
    pytest.param('<domain/>', 'f: expected a node device as virsh '
                 'nodedev-dumpxml prints it', id='XML of something else'),
    pytest.param(pci('n', ('x', 0)), "n: not a whole PCI device: invalid "
                 "literal for int() with base 10: 'x'",
                 id='a slot that is not a number'),
    pytest.param(pci('n', (0, 0), ids=False),
                 'n: not a whole PCI device: it has no vendor',
                 id='a device without ids'),
    pytest.param("<device><name>lo</name><capability type='net'/></device>",
                 'recorded: has no PCI node device',
                 id='no PCI device at all'),
])
def test_a_fault_names_its_source(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        nodedev.parse('h', 'recorded', {'f': text})
    assert str(caught.value) == message


@pytest.mark.parametrize(('attributes', 'speed'), [
    ("speed='25000' state='up'", 25000), ("speed='-1'", None),
    ("speed='4294967295' state='up'", None), ("state='down'", None)])
def test_a_speed_that_is_none_is_unknown(attributes, speed):
    net = ("<device><name>net_eth0</name><parent>n</parent><capability "
           f"type='net'><interface>eth0</interface><link {attributes}/>"
           "</capability></device>")
    (found,) = nodedev.parse('h', 'recorded', {
        '1': net, '2': pci('n', (0, 0))}).devices
    assert found.link_speed_mbps == speed
