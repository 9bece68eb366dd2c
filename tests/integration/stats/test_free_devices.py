# SPDX-License-Identifier: Apache-2.0

"""Devices come into the pools of a compute, and go."""

import pytest
from nova import exception

from tests import nova_hosts
from tests.nova_hosts import device
from tests.nova_hosts import family

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '0001', 'dev_type': 'type-VF'}
PF = {'vendor_id': '8086', 'product_id': '00ff', 'dev_type': 'type-PF'}


def test_removing_what_no_pool_holds_is_an_error():
    dev = device('0000:01:00.0', 'type-PCI')
    compute = nova_hosts.compute_stats([dev])
    compute.remove_device(dev)
    assert compute.pools == []
    with pytest.raises(exception.PciDevicePoolEmpty):
        compute.remove_device(dev)


def test_several_providers_in_one_pool_are_an_error():
    devices = family('0000:81:00.0', 2)[1:]
    compute = nova_hosts.compute_stats(devices)
    for number, dev in enumerate(devices):
        dev.extra_info = {'rp_uuid': f'rp-{number}'}
    with pytest.raises(ValueError, match='rp-0, rp-1'):
        compute.populate_pools_metadata_from_assigned_devices()
