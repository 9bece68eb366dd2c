# SPDX-License-Identifier: Apache-2.0

"""Drivers that nova-compute finds, and what was meant otherwise."""

import pytest

from nova_pci_ext.configuration import driver_option
from nova_pci_ext.parsing import Faults

pytestmark = pytest.mark.nova


@pytest.mark.parametrize('value', [
    'pci_ext.LibvirtDriver', 'pci_ext.RecordedDriver', 'pci_ext.RecordedHost',
    'libvirt.LibvirtDriver', 'libvirt.driver.LibvirtDriver',
    'fake.FakeDriver', 'fake.SmallFakeDriver', 'ironic.IronicDriver'])
def test_drivers_that_are_there(value):
    faults = Faults()
    driver_option.check(value, 'p', faults)
    assert faults.count == 0


OURS = ('expected pci_ext.LibvirtDriver, or another driver below nova.virt')


@pytest.mark.parametrize(('value', 'hint'), [
    ('nova.virt.libvirt.LibvirtDriver',
     'write libvirt.LibvirtDriver: Nova looks below nova.virt'),
    ('pci_ext.LibvirtDrivr', 'did you mean pci_ext.LibvirtDriver?'),
    ('LibvirtDriver', 'did you mean pci_ext.LibvirtDriver?'),
    ('', OURS), ('xenapi.XenAPIDriver', OURS),
    # What is there, and no class.
    ('libvirt.driver', OURS), ('libvirt.driver.LOG', OURS),
    ('fake.logging', OURS),
])
def test_drivers_that_are_not(value, hint):
    faults = Faults()
    driver_option.check(value, 'p', faults)
    assert [str(each) for each in faults.errors] == [
        f'p: no driver is called {value!r}, and nova-compute does not '
        f'start; {hint}']


@pytest.mark.parametrize('value', [
    'fake.FakeInstance', 'libvirt.guest.Guest',
    'libvirt.driver.InjectionInfo'])
def test_classes_that_are_no_drivers(value):
    faults = Faults()
    driver_option.check(value, 'p', faults)
    assert [str(each) for each in faults.errors] == [
        f'p: {value!r} is not a driver, and nova-compute does not start; '
        f'{OURS}']
