# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.binding import hostdev_xml
from nova_pci_ext.model import guest_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.binding import QbgParameters
from nova_pci_ext.model.binding import SocketMode
from tests import hand_over

QBG = QbgParameters(managerid=11, typeid=1193047, typeidversion=2,
                    instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f')


@pytest.mark.parametrize('row', hand_over.WITH_ELEMENT,
                         ids=lambda row: row.name)
def test_out_and_in_again_is_the_same(row):
    written = hostdev_xml.to_xml(row.guest_device)
    assert hostdev_xml.from_xml(written) == row.guest_device


def test_what_libvirt_adds_is_passed_over():
    # As `virsh dumpxml` shows a device of a running guest.
    assert hostdev_xml.from_xml("""
        <hostdev mode='subsystem' type='pci' managed='yes'>
          <driver name='vfio'/>
          <source>
            <address domain='0x0000' bus='0x0b' slot='0x10' function='0x1'/>
          </source>
          <alias name='hostdev0'/>
          <address type='pci' domain='0x0000' bus='0x00' slot='0x05'
                   function='0x0'/>
        </hostdev>""") == guest_device.Hostdev(
            address=PciAddress.parse('0000:0b:10.1'))


def test_decimal_addresses_are_read():
    assert hostdev_xml.from_xml("""
        <hostdev mode='subsystem' type='pci'><source>
          <address domain='0' bus='11' slot='16' function='1'/>
        </source></hostdev>""") == guest_device.Hostdev(
            address=PciAddress.parse('0000:0b:10.1'), managed=False)


def test_parameters_as_nova_writes_them_are_read():
    read = hostdev_xml.from_xml(f"""
        <interface type='direct'><mac address='{hand_over.MAC}'/>
          <source dev='ens1v1' mode='vepa'/><virtualport type='802.1Qbg'>
            <parameters managerid='11'/><parameters typeid='1193047'/>
            <parameters typeidversion='2'/>
            <parameters instanceid='{QBG.instanceid}'/>
        </virtualport></interface>""")
    assert read.virtualport == QBG


def test_a_vhost_user_interface_may_have_no_name():
    device = guest_device.VhostUserInterface(
        mac=hand_over.MAC, socket='/run/vhu/p1', mode=SocketMode.SERVER)
    assert hostdev_xml.from_xml(hostdev_xml.to_xml(device)) == device


@pytest.mark.parametrize('text, message', [
    pytest.param("<hostdev type='usb'/>",
                 "<hostdev type='usb'> takes no PCI device", id='usb'),
    pytest.param("<interface type='bridge'/>",
                 "<interface type='bridge'> takes no PCI device",
                 id='a bridge'),
    pytest.param("<interface type='vdpa'/>",
                 '<interface> has no mac with address', id='no mac'),
    pytest.param("<hostdev type='pci'><source><address domain='0'/></source>"
                 '</hostdev>',
                 '<hostdev> has no source/address with bus', id='no bus'),
])
def test_other_elements_are_refused(text, message):
    with pytest.raises(ValueError) as caught:
        hostdev_xml.from_xml(text)
    assert str(caught.value) == message
