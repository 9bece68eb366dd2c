# SPDX-License-Identifier: Apache-2.0

"""Our profiles and elements beside those that Nova itself makes."""

import dataclasses
import re
from unittest import mock

import pytest
from nova import exception
from nova import objects
from nova.pci import utils as pci_utils
from nova.virt.libvirt import driver as libvirt_driver
from nova.virt.libvirt import vif as libvirt_vif

from nova_pci_ext.virt import libvirt_driver as our_driver
from nova_pci_ext.virt import ports
from nova_pci_ext.virt import shared_vfs
from nova_pci_ext.virt import vif as our_vif
from tests import hand_over
from tests import hand_over_nova
from tests.hand_over_nova import nova_device
from tests.hand_over_nova import nova_instance
from tests.hand_over_nova import nova_vif
from tests.hand_over_nova import REQUEST_ID

pytestmark = pytest.mark.nova

OTHER_ID = '5f0ac4c2-0a2b-4c66-b9f1-6b9ad9b0f0a2'
BY_PORT = [row for row in hand_over.ROWS if row.vnic_type]
WITH_DEVICE = [row for row in BY_PORT if row.claimed]
ROWS = {row.name: row for row in BY_PORT}
BY_ALIAS = [row for row in hand_over.ROWS if not row.vnic_type]


def named(row):
    return row.name


@pytest.fixture(autouse=True)
def conf():
    with hand_over_nova.configured() as conf:
        yield conf


def make_config(driver_class, row, **changed):
    host = mock.Mock(get_vdpa_device_path=lambda _: '/dev/vhost-vdpa-0')
    vif = nova_vif(row)
    vif.update(changed)
    with mock.patch.object(pci_utils, 'get_ifname_by_pci_address',
                           return_value='ens1v1'):
        instance = nova_instance(row)
        return driver_class(host).get_config(
            instance, vif, objects.ImageMeta.from_dict({}), instance.flavor,
            'kvm')


@pytest.mark.parametrize('row', WITH_DEVICE, ids=named)
def test_the_recorded_host_writes_what_a_guest_boots_from(row):
    config = make_config(our_vif.PciVifDriver, row)
    assert hand_over_nova.element(row) == config.to_xml().rstrip()


@pytest.mark.parametrize(
    'row', [row for row in BY_PORT if row.nova == 'same'], ids=named)
def test_nova_alone_writes_the_same(row):
    ours = make_config(our_vif.PciVifDriver, row)
    novas = make_config(libvirt_vif.LibvirtGenericVIFDriver, row)
    assert ours.to_xml() == novas.to_xml()


@pytest.mark.parametrize(
    'row', [row for row in BY_PORT if row.nova != 'same'], ids=named)
def test_nova_alone_does_not(row):
    ours = make_config(our_vif.PciVifDriver, row)
    try:
        novas = make_config(libvirt_vif.LibvirtGenericVIFDriver, row)
    except (exception.VifDetailsMissingVhostuserSockPath, KeyError,
            TypeError):
        return
    assert ours.to_xml() != novas.to_xml()


@pytest.mark.parametrize('row', BY_ALIAS, ids=named)
def test_nova_writes_the_element_of_an_alias(row):
    # No host is needed to describe a device, and none is there to build it.
    driver = libvirt_driver.LibvirtDriver.__new__(
        libvirt_driver.LibvirtDriver)
    novas = driver._get_guest_pci_device(nova_device(row))
    assert hand_over_nova.element(row) == novas.to_xml().rstrip()


@pytest.mark.parametrize('row', WITH_DEVICE, ids=named)
def test_our_compute_writes_the_profile_of_the_table(row, conf):
    assert hand_over_nova.profile(row, conf) == row.profile


def test_a_vf_says_that_it_has_no_capabilities(conf):
    row = dataclasses.replace(ROWS['VF on a VLAN network'],
                              claimed=dataclasses.replace(
                                  hand_over.VF, capabilities=()))
    assert hand_over_nova.profile(row, conf)['capabilities'] == []


@pytest.mark.parametrize('name', ['macvtap on a VF', '802.1Qbg on a VF'])
def test_a_vf_without_an_interface_ends_the_build(name):
    row = dataclasses.replace(ROWS[name], claimed=dataclasses.replace(
        hand_over.VF, netdevs=()))
    with pytest.raises(exception.PciDeviceNotFoundById) as caught:
        hand_over_nova.element(row)
    assert str(caught.value) == 'PCI device 0000:81:10.2 not found'


class Guest:
    """A guest under construction: the addresses in the order of arrival."""

    def __init__(self):
        self.addresses = []

    def add_device(self, config):
        fields = config.domain, config.bus, config.slot, config.function
        self.addresses.append('{}:{}:{}.{}'.format(*fields))


def test_devices_come_in_the_order_of_the_requests():
    # As the database returns them, by address, for aliases a2:1,a1:2.
    requests = [objects.InstancePCIRequest(
        request_id=request_id, alias_name=name, count=count, spec=[{}])
        for request_id, name, count in ((OTHER_ID, 'a2', 1),
                                        (REQUEST_ID, 'a1', 2))]
    devices = [objects.PciDevice(
        address=address, request_id=request_id, extra_info={})
        for address, request_id in (('0000:09:00.0', REQUEST_ID),
                                    ('0000:0a:00.0', REQUEST_ID),
                                    ('0000:81:00.0', OTHER_ID))]
    instance = objects.Instance(
        flavor=objects.Flavor(extra_specs={}),
        pci_devices=objects.PciDeviceList(objects=devices),
        pci_requests=objects.InstancePCIRequests(requests=requests))
    driver = our_driver.LibvirtDriver.__new__(our_driver.LibvirtDriver)
    guest = Guest()
    driver._guest_add_pci_devices(guest, instance)
    assert guest.addresses == ['0000:81:00.0', '0000:09:00.0', '0000:0a:00.0']
    assert instance.obj_what_changed() == {
        'flavor', 'pci_devices', 'pci_requests'}


def test_a_bad_binding_names_port_key_and_setter():
    with pytest.raises(exception.InvalidInput) as caught:
        make_config(our_vif.PciVifDriver, ROWS['VF on a VLAN network'],
                    details={'port_filter': False})
    assert str(caught.value) == (
        f'Invalid input received: port {hand_over.PORT_ID}: '
        'vif_details.vlan: expected a VLAN id from 0 to 4094, but it is '
        'missing (set by the Neutron mechanism driver)')


@pytest.mark.parametrize('name, key, value', [
    ('macvtap on a VF, bridge, by profile', 'macvtap_mode', 'bridge'),
    ('802.1Qbh, VF, by profile', 'profileid', 'tenant-7'),
    ('trusted VF', 'trusted', 'true')])
def test_a_users_port_says_what_is_for_the_operator(conf, name, key, value):
    conf.config(port_profile_projects=['admin'], group='pci_ext')
    message = (
        f'port {hand_over.PORT_ID}: profile.{key}: expected no {key} on a '
        f'port of project {hand_over_nova.PROJECT_ID}, which is not in '
        f'[pci_ext] port_profile_projects, got {value!r} (set by the '
        'operator)')
    with pytest.raises(exception.InvalidInput) as caught:
        make_config(our_vif.PciVifDriver, ROWS[name])
    assert str(caught.value) == f'Invalid input received: {message}'
    with pytest.raises(exception.VirtualInterfacePlugException) as caught:
        our_vif.PciVifDriver().plug(nova_instance(ROWS[name]),
                                    nova_vif(ROWS[name]))
    assert str(caught.value) == message


@pytest.mark.parametrize('name', ['802.1Qbh, VF, by profile', 'trusted VF'])
def test_an_operators_port_may(conf, name):
    conf.config(port_profile_projects=['admin', hand_over_nova.PROJECT_ID],
                group='pci_ext')
    assert make_config(our_vif.PciVifDriver, ROWS[name]).to_xml()


def test_plugging_a_bad_binding_is_refused_before_anything_is_set_up():
    row = ROWS['macvtap on a VF']
    vif = nova_vif(row)
    vif['details'] = {'vlan': 'green'}
    with pytest.raises(exception.VirtualInterfacePlugException) as caught:
        our_vif.PciVifDriver().plug(nova_instance(row), vif)
    assert str(caught.value) == (
        f'port {hand_over.PORT_ID}: vif_details.vlan: expected a VLAN id '
        "from 0 to 4094, got 'green' (set by the Neutron mechanism driver)")


@pytest.mark.parametrize('name, calls', [
    pytest.param('trusted macvtap', [mock.call('0000:81:10.2', True),
                                     mock.call('0000:81:10.2', False)],
                 id='on the VF below a macvtap device too'),
    pytest.param('macvtap on a VF', [], id='only where it is granted'),
])
def test_trust_is_set_and_taken_back(name, calls):
    row = ROWS[name]
    driver, instance, vif = our_vif.PciVifDriver(), nova_instance(row), (
        nova_vif(row))
    with mock.patch.object(libvirt_vif, 'set_vf_interface_vlan'):
        with mock.patch.object(libvirt_vif, 'set_vf_trusted') as trusted:
            driver.plug(instance, vif)
            driver.unplug(instance, vif)
    assert trusted.mock_calls == calls


SHARED = [f'macvtap on a VF, {mode}{where}'
          for mode in ('bridge', 'vepa', 'private')
          for where in ('', ', by profile')]


@pytest.fixture
def card():
    """What is asked and told of the VF ens1v1 of the card ens1."""
    netdevs = {False: 'ens1v1', True: 'ens1'}
    calls = mock.Mock()
    calls.get_mac_by_pci_address.return_value = '52:54:00:00:00:01'
    with (mock.patch.multiple(
            shared_vfs.pci_utils, get_vf_num_by_pci_address=lambda _: 1,
            get_ifname_by_pci_address=lambda _, pf_interface=False:
            netdevs[pf_interface],
            get_mac_by_pci_address=calls.get_mac_by_pci_address),
          mock.patch.object(shared_vfs, 'linux_net', calls.net)):
        yield calls


def told(mac, vlan):
    return mock.call.set_device_macaddr_and_vlan('ens1', 1, mac, vlan)


@pytest.mark.parametrize('name', SHARED)
def test_a_card_is_told_the_mac_when_the_guest_has_its_devices(card, name):
    """Before, the kernel might refuse the macvtap device (tests/hardware)."""
    row = ROWS[name]
    driver, instance = our_vif.PciVifDriver(), nova_instance(row)
    driver.plug(instance, nova_vif(row))
    before = [told('00:00:00:00:00:00', row.binding.vlan),
              mock.call.set_device_enabled('ens1v1')]
    assert card.net.mock_calls == before
    driver.complete(instance)
    assert card.net.mock_calls == [
        *before, told(hand_over.MAC, row.binding.vlan)]
    # Once.
    driver.complete(instance)
    assert len(card.net.mock_calls) == 3


def test_an_interface_with_the_mac_of_the_port_gets_another(card):
    """Its driver took it from the card while the guest ran before."""
    card.get_mac_by_pci_address.return_value = hand_over.MAC
    row = ROWS['macvtap on a VF, bridge']
    our_vif.PciVifDriver().plug(nova_instance(row), nova_vif(row))
    first, second, third = card.net.mock_calls
    assert first == told('00:00:00:00:00:00', row.binding.vlan)
    name, words, _ = second
    assert (name, words[0]) == ('set_device_macaddr', 'ens1v1')
    assert re.fullmatch('02(:[0-9a-f]{2}){5}', words[1])
    assert third == mock.call.set_device_enabled('ens1v1')


def test_a_card_is_told_nothing_of_a_guest_that_never_was(card):
    row = ROWS['macvtap on a VF, bridge']
    driver, instance = our_vif.PciVifDriver(), nova_instance(row)
    driver.plug(instance, nova_vif(row))
    with mock.patch.object(libvirt_vif.LibvirtGenericVIFDriver, 'unplug'):
        driver.unplug(instance, nova_vif(row))
    driver.complete(instance)
    assert len(card.net.mock_calls) == 2


@pytest.mark.parametrize('name', ['macvtap on a VF', 'trusted VF'])
def test_any_other_vf_is_set_up_by_nova(name):
    row = ROWS[name]
    with mock.patch.object(libvirt_vif.LibvirtGenericVIFDriver,
                           'plug_hw_veb') as novas:
        our_vif.PciVifDriver().plug(nova_instance(row), nova_vif(row))
    assert len(novas.mock_calls) == 1


def test_a_live_migration_describes_a_device_of_the_other_host():
    row = ROWS['macvtap on a VF']
    vif, instance = nova_vif(row), nova_instance(row)
    vif['profile']['pci_slot'] = '0000:05:10.7'
    instance.task_state = 'migrating'
    port = ports.read_port(vif)
    assert str(ports.read_bound(instance, port).address) == '0000:05:10.7'


def test_a_request_of_an_old_nova_does_not_name_its_port():
    row = ROWS['VF on a VLAN network']
    instance = nova_instance(row, requester_id=None)
    port = ports.read_port(nova_vif(row))
    assert ports.read_bound(instance, port) == row.binding


def test_a_port_with_the_device_of_another_is_refused():
    row = ROWS['VF on a VLAN network']
    with pytest.raises(exception.InvalidInput) as caught:
        make_config(our_vif.PciVifDriver, row,
                    profile={**row.profile, 'pci_slot': '0000:81:10.4'})
    assert str(caught.value) == (
        f'Invalid input received: port {hand_over.PORT_ID}: '
        'profile.pci_slot: expected 0000:81:10.2, which was claimed for this '
        "port, got '0000:81:10.4' (set by Nova)")
