# SPDX-License-Identifier: Apache-2.0

"""Laws of the hand-over: whatever Neutron says, and there and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_pci_ext import exceptions
from nova_pci_ext.binding import hostdev_xml
from nova_pci_ext.binding import profile
from nova_pci_ext.binding import vif_details
from nova_pci_ext.model import binding
from nova_pci_ext.model import guest_device
from nova_pci_ext.model.address import PciAddress

pytestmark = pytest.mark.property

# What JSON can say, with a bias to what is nearly right.
VALUES = (st.none() | st.booleans() | st.integers() | st.floats()
          | st.text() | st.lists(st.integers()) | st.sampled_from([
              '0', '4094', 'bridge', 'client', '/run/vhu', '0000:81:00.1',
              '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f', 'true', 'ens1']))
DETAILS = st.dictionaries(st.sampled_from([
    'vlan', 'macvtap_mode', 'macvtap_source', 'physical_interface',
    'managerid', 'typeid', 'typeidversion', 'instanceid', 'profileid',
    'vhostuser_socket', 'vhostuser_mode', 'port_filter']), VALUES)
PROFILES = st.dictionaries(
    st.sampled_from(['pci_slot', 'trusted', 'capabilities']), VALUES)
PORTS = st.builds(
    binding.BoundPort, port_id=st.just('port'),
    mac=st.just('fa:16:3e:00:00:01'),
    vnic_type=st.sampled_from(list(binding.VnicType)) | st.text(),
    vif_type=st.sampled_from(list(binding.VifType)) | st.none() | st.text(),
    vif_details=DETAILS, profile=PROFILES)

ADDRESSES = st.builds(
    PciAddress, st.integers(0, 0xffff), st.integers(0, 0xff),
    st.integers(0, 0x1f), st.integers(0, 7))
MACS = st.just('fa:16:3e:00:00:01')
# Attribute values that XML has to escape, without what it cannot hold.
NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2fff,
                              exclude_categories=['Cs']), min_size=1)
VLANS = st.none() | st.integers(0, 4094)
QBH = st.builds(binding.QbhParameters, profileid=NAMES)
QBG = st.builds(
    binding.QbgParameters, managerid=st.integers(0, 255),
    typeid=st.integers(0, 0xffffff), typeidversion=st.integers(0, 255),
    instanceid=st.uuids().map(str))
DEVICES = st.one_of(
    st.builds(guest_device.Hostdev, address=ADDRESSES, managed=st.booleans()),
    st.builds(guest_device.HostdevInterface, mac=MACS, address=ADDRESSES,
              vlan=VLANS, virtualport=st.none() | QBH,
              managed=st.booleans()),
    st.builds(guest_device.DirectInterface, mac=MACS, source=NAMES,
              mode=st.sampled_from(list(binding.MacvtapMode)), vlan=VLANS,
              virtualport=st.none() | QBH | QBG, trusted=st.booleans(),
              driver=st.none() | st.sampled_from(['vhost', 'qemu'])),
    st.builds(guest_device.VhostUserInterface, mac=MACS, socket=NAMES,
              mode=st.sampled_from(list(binding.SocketMode)),
              target=st.none() | NAMES),
    st.builds(guest_device.VdpaInterface, mac=MACS, path=NAMES))


@given(port=PORTS)
def test_any_binding_is_read_or_refused(port):
    before = dict(port.vif_details), dict(port.profile)
    try:
        vif_details.read_binding(port)
    except exceptions.BindingError as error:
        assert str(error).startswith('port port: ')
    assert (dict(port.vif_details), dict(port.profile)) == before


@given(device=DEVICES)
def test_an_element_reads_back_as_it_was_written(device):
    assert hostdev_xml.from_xml(hostdev_xml.to_xml(device)) == device


@given(before=st.dictionaries(st.text() | st.sampled_from(sorted(
    profile.DEVICE_KEYS | profile.BINDING_KEYS | profile.GRANTED_KEYS)),
    VALUES), given_back=st.booleans())
def test_clearing_twice_is_clearing_once(before, given_back):
    cleared = profile.clear_profile(before, given_back)
    assert profile.clear_profile(cleared, given_back) == cleared
    assert cleared.items() <= before.items()
    assert not profile.DEVICE_KEYS & cleared.keys()
