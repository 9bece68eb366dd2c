# SPDX-License-Identifier: Apache-2.0

"""Laws of the hand-over, whatever Neutron says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_pci_ext import exceptions
from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import profile
from nova_pci_ext.binding import vif_details
from nova_pci_ext.model import binding

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
    st.sampled_from(['pci_slot', 'trusted', 'capabilities',
                     *sorted(link_keys.LINK_KEYS)]), VALUES)
PORTS = st.builds(
    binding.BoundPort, port_id=st.just('port'),
    mac=st.just('fa:16:3e:00:00:01'),
    vnic_type=st.sampled_from(list(binding.VnicType)) | st.text(),
    vif_type=st.sampled_from(list(binding.VifType)) | st.none() | st.text(),
    vif_details=DETAILS, profile=PROFILES)


@given(port=PORTS)
def test_any_binding_is_read_or_refused(port):
    before = dict(port.vif_details), dict(port.profile)
    try:
        vif_details.read_binding(port)
    except exceptions.BindingError as error:
        assert str(error).startswith('port port: ')
    assert (dict(port.vif_details), dict(port.profile)) == before


@given(before=st.dictionaries(st.text() | st.sampled_from(sorted(
    profile.DEVICE_KEYS | profile.BINDING_KEYS | profile.GRANTED_KEYS
    | link_keys.LINK_KEYS)),
    VALUES), given_back=st.booleans())
def test_clearing_twice_is_clearing_once(before, given_back):
    cleared = profile.clear_profile(before, given_back)
    assert profile.clear_profile(cleared, given_back) == cleared
    assert cleared.items() <= before.items()
    assert not profile.DEVICE_KEYS & cleared.keys()
