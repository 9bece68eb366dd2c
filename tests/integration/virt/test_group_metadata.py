# SPDX-License-Identifier: Apache-2.0

"""Groups of devices in the metadata of a domain."""

import pytest
from lxml import etree
from nova.virt.libvirt import config

from nova_pci_ext.virt import group_metadata
from nova_pci_ext.virt import libvirt_driver
from tests.integration.novaobj import test_chosen_groups as scenes

pytestmark = pytest.mark.nova

ELEMENT = """\
<pci_ext:device_groups \
xmlns:pci_ext="urn:nova-pci-ext:device-groups:1">
  <pci_ext:group type="nvlink" name="p3">
    <pci_ext:device address="0000:b8:00.0"/>
    <pci_ext:device address="0000:bb:00.0"/>
  </pci_ext:group>
</pci_ext:device_groups>
"""


@pytest.fixture
def add():
    """Return a function that gives a guest its devices, as Nova does."""
    def build(instance):
        driver = libvirt_driver.LibvirtDriver.__new__(
            libvirt_driver.LibvirtDriver)
        guest = config.LibvirtConfigGuest()
        driver._guest_add_pci_devices(guest, instance)
        return guest

    return build


def test_a_domain_has_the_group_of_its_server(add):
    guest = add(scenes.server('nvlink:gpu', {
        scenes.A: scenes.PAIR, scenes.B: scenes.PAIR}))
    [written] = guest.metadata
    assert written.to_xml() == ELEMENT
    guest.virt_type = 'kvm'
    domain = etree.fromstring(guest.to_xml())
    assert [group.get('name') for group in domain.findall(
        f'metadata/{{{group_metadata.NAMESPACE}}}device_groups/*')] == ['p3']


def test_a_server_without_a_group_has_no_metadata_of_ours(add):
    assert add(scenes.server('', {scenes.A: scenes.PAIR})).metadata == []


def test_devices_that_are_no_group_any_more_are_told_of(add, caplog):
    guest = add(scenes.server('nvlink:gpu', {scenes.A: {}}))
    assert guest.metadata == []
    assert [record.getMessage() for record in caplog.records] == [
        'Instance d9a3c1de-1f65-4e0a-9a05-6c0f0e3c7d10 asks for a group of '
        'type nvlink, and its devices are none that this compute declares']


def test_a_flavor_that_cannot_be_read_starts_its_guest(add, caplog):
    guest = add(scenes.server('nvlink', {scenes.A: scenes.PAIR}))
    assert guest.metadata == []
    [record] = caplog.records
    assert record.getMessage().startswith(
        'Which groups of devices instance d9a3c1de-1f65-4e0a-9a05-'
        '6c0f0e3c7d10 has is not known: ')
