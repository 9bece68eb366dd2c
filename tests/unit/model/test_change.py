# SPDX-License-Identifier: Apache-2.0

"""How large a change is."""

import pytest

from nova_pci_ext.model import change
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked


@pytest.mark.parametrize(('found', 'size'), [
    (change.LooserPolicy(name='r', policy=NumaPolicy.REQUIRED), 1),
    (change.MoreDevices(name='r', count=3, alternative=asked(),
                        origin=Origin.FLAVOR), 3),
    (change.FewerDevices(name='r', count=2, left=1), 2),
    (change.OtherType(name='a1', dev_type=DeviceType.PF), 1),
    (change.AtLeast(count=4), 4),
    (change.OtherNetwork(name='r', network='p1', meant='p2'), 1),
], ids=lambda value: type(value).__name__)
def test_one_for_each_device_or_request(found, size):
    assert found.size == size
