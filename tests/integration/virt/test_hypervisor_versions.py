# SPDX-License-Identifier: Apache-2.0

"""The versions that check asks for are those of Nova's libvirt driver."""

import pytest
from nova.virt.libvirt import driver

from nova_pci_ext.handing_out import hypervisors

pytestmark = pytest.mark.nova


@pytest.mark.parametrize(('numbers', 'version'), [
    (driver.MIN_VFIO_PCI_VARIANT_LIBVIRT_VERSION, hypervisors.LIBVIRT),
    (driver.MIN_VFIO_PCI_VARIANT_QEMU_VERSION, hypervisors.QEMU)])
def test_the_versions_are_novas(numbers, version):
    assert '.'.join(map(str, numbers)) == version
