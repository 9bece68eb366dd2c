# SPDX-License-Identifier: Apache-2.0

"""Whole hosts: what is said of them, and what is not."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.cli import main
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import host_faults
from tests import host_scenes
from tests.host_scenes.registry import LEAVE
from tests.sysfs_tree import Tree

SCENES = host_scenes.SCENES


@pytest.fixture
def tree(tmp_path):
    """A host that runs from a disk of its own, over a NIC of its own."""
    return host_scenes.plain_host(Tree(tmp_path / 'host'))


def said(tree, *texts):
    """Return what is said of the host under some entries."""
    found = sysfs.read_host('h', tree.root)
    specs = parsing.parse_device_specs(
        parsing.option_values('device_spec', texts), parsing.Faults())
    covered = coverage.cover(specs, found)
    return [*(f'error: {each}' for each in host_faults.errors(
            covered, found)),
            *(f'warning: {each}'
              for each in host_faults.warnings(covered, found))]


@pytest.mark.parametrize(
    'scene', SCENES, ids=[scene.draw.__name__ for scene in SCENES])
def test_what_is_wrong_with_a_host_is_said(tree, scene):
    entries, expected = scene.drawn(tree)
    assert said(tree, *entries) == expected


@pytest.mark.parametrize(('group', 'line'), [
    ('DEFAULT', 'my_ip = 192.168.200.7'),
    ('serial_console', 'proxyclient_address = 192.168.200.7'),
    ('pci_ext', 'metrics_listen = 192.168.200.7:9901-9908')])
def test_check_knows_the_addresses_of_the_services(
        tree, tmp_path, capsys, group, line):
    tree.nic('0000:19:00.0', 'ens2')
    tree.route('ens2', '00C8A8C0', '00FFFFFF')
    path = tmp_path / 'nova.conf'
    path.write_text(f'[{group}]\n{line}\n[pci]\ndevice_spec = '
                    '{"address": "0000:19:00.0"}\n')
    assert main.main(['check', '--config-file', str(path), '--sysfs',
                      str(tree.root)]) == 2
    first, *_ = [each for each in capsys.readouterr().out.splitlines()
                 if each.startswith('error')]
    assert first == (
        f'error: {path}:4: [pci] device_spec[0]: hands out 0000:19:00.0, '
        f'which the host needs itself ([{group}] '
        + line.replace(':9901-9908', '') + f'); {LEAVE}')
