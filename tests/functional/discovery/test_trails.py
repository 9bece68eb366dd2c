# SPDX-License-Identifier: Apache-2.0

"""The way from a name down to PCI devices."""

import pytest

from nova_pci_ext.discovery import trails
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.trails import Trail


@pytest.mark.parametrize(('path', 'address'), [
    ('/sys/devices/pci0000:00/0000:00:01.0/0000:0a:00.0/net/eth0',
     '0000:0a:00.0'),
    ('/sys/devices/pci10000:00/10000:00:02.0/nvme/nvme0', '10000:00:02.0'),
    ('/sys/devices/virtual/net/br0', None),
    ('/sys/devices/platform/0000:0a:00.8/net/eth0', None),
])
def test_the_last_address_is_the_device(path, address):
    assert trails.pci_address(path) == address


def follow(tmp_path, below, start='a'):
    """Follow made up links; every place of the tree is there."""
    for name in below:
        (tmp_path / name).mkdir(parents=True)
    ends = []

    def ending(_files, real):
        ends.append(real)
        return f'{real.rpartition("/")[2]} is unknown'

    return trails.follow(
        Root(tmp_path), str(tmp_path / start),
        lambda _files, real: [str(tmp_path / name) for name in below[
            real.removeprefix(f'{tmp_path}/')]], ending)


def test_every_branch_is_followed_and_a_loop_once(tmp_path):
    assert follow(tmp_path, {
        'a': ['b', '0000:0a:00.0', 'c'], 'b': ['a', '0000:0a:00.0'],
        '0000:0a:00.0': [], 'c': []}) == Trail(
        addresses=frozenset({'0000:0a:00.0'}), gaps=('c is unknown',))


def test_a_device_that_is_gone_is_no_end(tmp_path):
    found = trails.follow(
        Root(tmp_path), str(tmp_path / '0000:0a:00.0'),
        lambda _files, _real: (), lambda _files, _real: 'gone')
    assert found == Trail(gaps=('gone',))
