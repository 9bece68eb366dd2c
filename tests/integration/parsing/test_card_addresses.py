# SPDX-License-Identifier: Apache-2.0

"""Entries for a card or a slot: ours take them, Nova's parser refuses."""

import dataclasses
import json

import pytest
from nova import exception
from nova.pci import devspec

from nova_pci_ext import parsing
from nova_pci_ext.compute import device_filter
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj import device_facts
from tests import device_rows

pytestmark = pytest.mark.nova

SERIAL, SLOT = 'serial=MT2024X00123', 'slot=5'


@pytest.mark.parametrize('address', [
    SERIAL, SLOT, ' slot = 5 ', 'serial=12:34', 'serial=AB.1', 'slot=5/00.0',
    'serial=1:2:3:4', 'slot=*'])
def test_novas_parser_refuses_what_ours_takes(address):
    text = json.dumps({'vendor_id': '10de', 'address': address})
    with pytest.raises((exception.PciConfigInvalidSpec,
                        exception.PciDeviceWrongAddressFormat)):
        # Its list of entries may be ours here, its entry never is.
        devspec.PciDeviceSpec(json.loads(text))
    (spec,) = device_filter.DeviceFilter([text]).specs
    assert spec.parsed.address.text == address


@pytest.mark.parametrize('address', ['serial=', 'slot= ', 'slot=' + 'x' * 256,
                                     'serial', 'slots=5'])
def test_what_names_no_card_is_refused(address):
    with pytest.raises(exception.PciConfigInvalidSpec):
        device_filter.DeviceFilter([json.dumps({'address': address})])


PF = device.Device(
    address=PciAddress.parse('0000:81:00.0'), vendor_id='8086',
    product_id='1572', dev_type=device.DeviceType.PF, total_vfs=1, num_vfs=1,
    serial='MT2024X00123', slot='5/00.0')
VF = device.Device(
    address=PciAddress.parse('0000:81:02.0'), vendor_id='8086',
    product_id='154c', dev_type=device.DeviceType.VF, parent=PF.address)
OTHER = dataclasses.replace(
    PF, address=PciAddress.parse('0000:82:00.0'), serial='MT2', slot='50/00.0')


@pytest.mark.parametrize('address', [SERIAL, SLOT, 'slot=5/00.0'])
def test_check_sees_the_card_with_its_vfs(address):
    faults = parsing.Faults()
    specs = parsing.parse_device_specs(parsing.option_values(
        'device_spec', [json.dumps({'address': address})]), faults)
    covered = coverage.cover(specs, Inventory(
        host='h', origin='', devices=(PF, VF, OTHER)))
    assert [each.address for each in covered.handed_out()] == [
        PF.address, VF.address]


@pytest.mark.parametrize('address', [SERIAL, SLOT])
def test_the_tracker_offers_the_card_wherever_it_is(address):
    def host(*buses):
        return [device_rows.reported(
            f'0000:{bus}:00.0', capabilities={
                'vpd': {'card_serial_number': serial}},
            **{device_facts.FACTS: {'slot': slot}})
            for bus, serial, slot in zip(
                buses, ('MT2024X00123', 'MT2'), ('5/00.0', '50/00.0'),
                strict=True)]
    with device_rows.Rows().in_place(json.dumps({'address': address})):
        tracker = device_rows.start(host('01', '02'))
        device_rows.save(tracker)
        assert device_rows.pooled(tracker) == ['0000:01:00.0']
        device_rows.sync(tracker, host('02', '01'))
        assert device_rows.pooled(tracker) == ['0000:02:00.0']
        device_rows.save(tracker)
        tracker = device_rows.start(host('02', '01'))
        assert device_rows.pooled(tracker) == ['0000:02:00.0']
