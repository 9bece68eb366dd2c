# SPDX-License-Identifier: Apache-2.0

"""Vendor and product ids that are nearly those of a device."""

import pytest

from nova_pci_ext.handing_out import near_ids
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import Source
from tests import handed_out

DEVICE = handed_out.device('0000:01:00.0', '10fb')


@pytest.mark.parametrize(('vendor_id', 'product_id', 'is_slip'), [
    ('10fb', '8086', True), ('8086', '10fd', True), ('8068', '10fb', True),
    (None, '10f8', True), ('8087', None, True),
    ('8086', '10fb', False), ('8087', '10fd', False), (None, None, False),
    ('8086', '1db5', False), ('15b3', '10fb', False)])
def test_a_slip_of_a_device(vendor_id, product_id, is_slip):
    entry = DeviceSpec(source=Source(option='device_spec'),
                       vendor_id=vendor_id, product_id=product_id)
    assert near_ids.is_slip(entry, DEVICE) is is_slip


def test_a_device_by_what_an_entry_says():
    assert near_ids.named(DEVICE) == (
        '"vendor_id": "8086", "product_id": "10fb", as 0000:01:00.0 has')
