# SPDX-License-Identifier: Apache-2.0

"""Devices for mediated devices that are handed out as a whole."""

import pytest

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import mdev_options
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.handing_out import coverage
from tests import configuration_hosts

pytestmark = pytest.mark.nova
ENTRY = 'device_spec = {"address": "0000:41:00.0"}\n'


def said(tmp_path, text, host=None):
    path = tmp_path / 'nova.conf'
    path.write_text(text)
    loaded = loader.load_files([(SourceKind.FILE, path)])
    covered = host and coverage.cover(
        loaded.specs, configuration_hosts.HOSTS[host])
    return [str(each).removeprefix(f'{tmp_path}/') for each in
            mdev_options.warnings(loaded.files, loaded.specs, covered)]


@pytest.mark.parametrize('group', ['mdev_nvidia-35', 'vgpu_nvidia-35'])
def test_an_address_of_both(tmp_path, group):
    assert said(tmp_path, f'[pci]\n{ENTRY}[{group}]\ndevice_addresses = '
                          '0000:40:00.0, 0000:41:00.0\n') == [
        f'nova.conf:4: [{group}] device_addresses: has 0000:41:00.0, which '
        f'{tmp_path}/nova.conf:2: [pci] device_spec[0] hands out as a whole; '
        'leave it to one of the two']


def test_a_device_of_a_host(tmp_path):
    text = ('[pci]\ndevice_spec = {"product_id": "20b0"}\n[mdev_a]\n'
            'device_addresses = 0000:42:00.0,nonsense\n')
    assert said(tmp_path, text) == []
    assert len(said(tmp_path, text, 'gpus')) == 1


@pytest.mark.parametrize('text', [
    f'[pci]\n{ENTRY}[mdev_a]\ndevice_addresses = 0000:42:00.0\n',
    f'[pci]\n{ENTRY}[other]\ndevice_addresses = 0000:41:00.0\n'])
def test_nothing_is_said_of_others(tmp_path, text):
    assert said(tmp_path, text) == []
