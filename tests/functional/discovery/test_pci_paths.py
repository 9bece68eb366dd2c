# SPDX-License-Identifier: Apache-2.0

"""How a device is reached, as the recorded host's kernel shows it."""

import pytest

from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.discovery import pci_paths
from tests import igb_host


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return kernel_files.Root(igb_host.unpack(
        tmp_path_factory.mktemp('igb-host')))


@pytest.mark.parametrize(('address', 'vendor', 'product', 'path'), [
    pytest.param('0000:41:00.0', '8086', '10c9',
                 ('pci0000:40', '0000:40:00.0'), id='below a root port'),
    pytest.param('0000:00:02.0', '1af4', '1009', ('pci0000:00',),
                 id='on the root bus'),
    pytest.param('0000:41:00.0', '8086', '1521', (), id='another product'),
    pytest.param('0000:41:00.0', '10de', '10c9', (), id='another vendor'),
    pytest.param('0000:99:00.0', '8086', '10c9', (), id='no such device')])
def test_a_device_that_somebody_described(root, address, vendor, product,
                                          path):
    assert pci_paths.of_device(root, address, vendor, product) == path
