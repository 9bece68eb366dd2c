# SPDX-License-Identifier: Apache-2.0

"""Devices that the kernel of the host cannot give to a guest.

The host is drawn below a folder; ``tests/hardware`` has a real one.
"""

import functools
import logging
from unittest import mock

import os_vif
import pytest
from nova import exception
from nova.virt.libvirt import driver as nova_driver

from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.virt import libvirt_driver
from nova_pci_ext.virt import vfio
from nova_pci_ext.virt import vif
from tests import hand_over
from tests import hand_over_nova
from tests.hand_over_nova import nova_instance
from tests.integration.virt.test_hand_over import Guest
from tests.integration.virt.test_hand_over import make_config

pytestmark = pytest.mark.nova

ROWS = {row.name: row for row in hand_over.ROWS}
PORT, ALIAS = ROWS['VF on a VLAN network'], ROWS['VF, by alias']
SLOT = '0000:81:10.2'
OFF = ('the IOMMU is off: there are no IOMMU groups; remove iommu=off from '
       'the kernel command line')


@pytest.fixture(autouse=True)
def conf():
    # As nova-compute does at its start.
    os_vif.initialize()
    with hand_over_nova.configured() as conf:
        yield conf


@pytest.fixture
def host(tmp_path):
    """A host with one VF and its IOMMU off."""
    (tmp_path / vfio.DEVICES / SLOT).mkdir(parents=True)
    (tmp_path / 'proc').mkdir()
    (tmp_path / 'proc/cmdline').write_text('quiet iommu=off\n')
    return tmp_path


def switch_on(host, *, group_of_vf):
    (host / 'sys/kernel/iommu_groups/17').mkdir(parents=True)
    if group_of_vf:
        (host / vfio.DEVICES / SLOT / 'iommu_group').mkdir()


def port_config(host, row):
    return make_config(functools.partial(
        vif.PciVifDriver, vfio=vfio.Vfio(host)), row)


def add_aliases(host):
    driver = libvirt_driver.LibvirtDriver.__new__(
        libvirt_driver.LibvirtDriver)
    driver._vfio = vfio.Vfio(host)
    guest = Guest()
    driver._guest_add_pci_devices(guest, nova_instance(ALIAS))
    return guest.addresses


@pytest.mark.parametrize('ask', [
    pytest.param(lambda host: port_config(host, PORT), id='port'),
    pytest.param(add_aliases, id='alias')])
@pytest.mark.parametrize(('is_on', 'reason'), [
    pytest.param(False, OFF, id='IOMMU off'),
    pytest.param(True, 'it has no IOMMU group', id='VF without group')])
def test_a_device_is_refused_in_words(host, ask, is_on, reason):
    if is_on:
        switch_on(host, group_of_vf=False)
    with pytest.raises(exception.PciDeviceDetachFailed) as caught:
        ask(host)
    assert str(caught.value) == (
        f'Failed to detach PCI device {SLOT}: {reason}')


def test_a_device_with_a_group_is_given(host):
    switch_on(host, group_of_vf=True)
    assert port_config(host, PORT).source_dev == SLOT
    assert add_aliases(host) == [SLOT]


@pytest.mark.parametrize('name', ['macvtap on a VF', 'vDPA device'])
def test_what_vfio_does_not_give_needs_no_group(host, name):
    assert port_config(host, ROWS[name]).to_xml() == make_config(
        vif.PciVifDriver, ROWS[name]).to_xml()


def test_a_device_that_the_kernel_does_not_have_is_left_to_libvirt(host):
    (host / vfio.DEVICES / SLOT).rmdir()
    assert port_config(host, PORT).source_dev == SLOT


def test_the_device_of_the_other_host_is_not_looked_at(host):
    """The source of a live migration describes what it does not have."""
    instance = nova_instance(PORT)
    instance.task_state = 'migrating'
    driver = vif.PciVifDriver(mock.Mock(), vfio.Vfio(host))
    assert driver.get_config(
        instance, hand_over_nova.nova_vif(PORT), None, instance.flavor,
        'kvm').source_dev == SLOT


@pytest.mark.parametrize(('is_on', 'spec', 'said'), [
    (False, ['{"address": "*"}'], [
        f'No PCI device of this host can be given to a guest by VFIO: {OFF}. '
        'Servers that are sent here with one are refused; ports with '
        'vnic_type macvtap or vdpa do not need VFIO.']),
    (False, [], []), (True, ['{"address": "*"}'], [])],
    ids=['off', 'off, nothing to hand out', 'on'])
def test_the_start_says_what_is_missing(
        host, conf, caplog, is_on, spec, said):
    if is_on:
        switch_on(host, group_of_vf=True)
    conf.config(group='pci', device_spec=spec)
    driver = libvirt_driver.LibvirtDriver.__new__(
        libvirt_driver.LibvirtDriver)
    driver._vfio = vfio.Vfio(host)
    with (mock.patch.object(nova_driver.LibvirtDriver, 'init_host'),
          mock.patch.object(privileged_daemon, 'DAEMON') as daemon):
        driver.init_host('host-a')
    assert daemon.start.called is bool(spec)
    assert [each.getMessage() for each in caplog.records
            if each.levelno >= logging.WARNING] == said
