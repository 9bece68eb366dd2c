# SPDX-License-Identifier: Apache-2.0

"""The lines that a newcomer copies are found by the newcomer's shell."""

import os
import pathlib
import subprocess
import sysconfig

import pytest

from nova_pci_ext.discovery import inventory
from nova_pci_ext.quickstart import keep
from nova_pci_ext.quickstart import plan

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
HOSTS = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'


@pytest.fixture
def printed(tmp_path):
    """Return the printed text, as commands() makes it now."""
    host = inventory.read_inventory(HOSTS / 'gpu-host.json')
    wanted = plan.Plan(
        nova_conf=HOSTS / 'nova.conf', alias='a1', count=2, physnets=(),
        physnet=None, hosts=(host,))
    return lambda: keep.commands('http://127.0.0.1:1', wanted, tmp_path)


def put(folder):
    """Put a command of ours into a folder with a space."""
    folder.mkdir()
    command = folder / 'nova-pci'
    command.write_text('#!/bin/sh\necho ours\n')
    command.chmod(0o755)
    return folder


def test_commands_that_path_does_not_have_come_with_a_line_that_finds_them(
        printed, tmp_path, monkeypatch):
    place = put(tmp_path / 'my bin')
    monkeypatch.setattr(sysconfig, 'get_path', lambda name: str(place))
    monkeypatch.setenv('PATH', '/usr/bin:/bin')
    (line,) = [line for line in printed().splitlines() if 'PATH=' in line]
    shell = subprocess.run(['sh', '-c', f'{line}; nova-pci; ls /dev/null'],
                           capture_output=True, text=True, check=True)
    assert shell.stdout == 'ours\n/dev/null\n'


@pytest.mark.parametrize('before', ['', 'another'])
def test_another_nova_pci_in_path_is_not_ours(
        before, printed, tmp_path, monkeypatch):
    place, other = put(tmp_path / 'my bin'), put(tmp_path / 'another')
    monkeypatch.setattr(sysconfig, 'get_path', lambda name: str(place))
    monkeypatch.setenv('PATH', os.pathsep.join(map(str, [
        *([other] if before else []), place, '/usr/bin'])))
    assert ('PATH=' in printed()) is bool(before)
