# SPDX-License-Identifier: Apache-2.0

import pytest
from nova import exception
from nova.objects import pci_device

from nova_pci_ext.model.identity import Identity
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.virt import same_devices

pytestmark = pytest.mark.nova

ADDRESS = '0000:81:00.0'
ME = '00000000-0000-0000-0000-000000000001'


def row(**extra):
    return pci_device.PciDevice(
        address=ADDRESS, vendor_id='8086', product_id='1572',
        dev_type='type-PCI', parent_addr=None, status='allocated',
        instance_uuid=ME, extra_info=extra)


def check(dev, **seen):
    same_devices.SameDevices(lambda: {ADDRESS: device_facts.Found(
        Identity(**seen), ADDRESS)}).check([dev])


MT1 = {device_facts.NOTE: '{"serial": "MT1"}', device_facts.NOTED_FOR: ME}


@pytest.mark.parametrize(('dev', 'seen'), [
    (row(), {'serial': 'MT1'}), (row(**MT1), {}),
    (row(**MT1), {'serial': 'MT1'})])
def test_the_same_device_is_given(dev, seen):
    check(dev, **seen)


@pytest.mark.parametrize(('dev', 'reason'), [
    (row(**MT1), 'another device is there now'),
    (row(**{device_facts.HELD: 'nobody knows'}), 'nobody knows')])
def test_another_device_is_refused(dev, reason):
    with pytest.raises(exception.PciDeviceDetachFailed) as caught:
        check(dev, serial='MT2')
    assert str(caught.value) == (
        f'Failed to detach PCI device {ADDRESS}: it may not be the device of '
        f'this server: {reason}; nova-pci audit says what to do')


def test_another_product_is_refused_whatever_is_known():
    with pytest.raises(exception.PciDeviceDetachFailed):
        check(row(), vendor_id='10de', product_id='1db6')


def test_a_card_that_says_another_product_of_itself_is_given():
    check(row(**MT1), serial='MT1', vendor_id='8086', product_id='1573')
