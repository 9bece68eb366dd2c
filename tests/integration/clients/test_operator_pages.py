# SPDX-License-Identifier: Apache-2.0

"""The commands of the pages for operators.

Those that change files run, on files of the test's own in the place of the
host's; those of OpenStack's client are read by the client; a service that is
restarted has to have a name that it has somewhere.
"""

import re
import shlex
import subprocess

import pytest
from cliff import command as command_base
from cliff import display
from openstackclient import shell

from tests.integration.clients.conftest import ROOT

SOURCE = ROOT / 'doc' / 'source'
PAGES = ('bandwidth', 'check', 'gpu', 'host-preparation', 'moves', 'numa',
         'rollback',
         'sriov', 'troubleshooting', 'upgrade')
SERVICES = {'nova-scheduler', 'nova-compute'}
CARD = 'sys/bus/pci/devices/0000:81:00.0'
# Files of the host that the commands and examples read or write.
FILES = {f'{CARD}/sriov_totalvfs': '7\n', f'{CARD}/sriov_numvfs': '0\n',
         f'{CARD}/driver_override': '(null)\n', f'{CARD}/driver/unbind': '',
         'sys/bus/pci/drivers_probe': ''}
VFS = {'70-vfs.rules': None, 'vfs.service': f'{CARD}/sriov_numvfs'}


def commands(page):
    """Return the lines of a page that are typed."""
    return re.findall(r'^   \$ (.*)$', (SOURCE / f'{page}.rst').read_text(),
                      re.MULTILINE)


def of_program(*names):
    return [pytest.param(command, id=f'{page}: {command}')
            for page in PAGES for command in commands(page)
            if command.removeprefix('sudo ').split()[0] in names]


def host(folder):
    """Make the files below a folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def run(command, folder):
    """Run a command of a page on the files below a folder."""
    here = command.replace('sudo ', '').replace(
        '/sys/', f'{folder}/sys/').replace('/etc/', f'{folder}/etc/')
    return subprocess.run(['sh', '-euc', here], check=True, timeout=10,
                          capture_output=True, text=True).stdout


def test_each_page_has_commands_and_all_are_run():
    """Those of nova-pci run in test_documented_commands.py."""
    typed = [command for page in PAGES for command in commands(page)]
    assert len(typed) > 40
    here = of_program('openstack', 'systemctl', 'echo', 'cat', 'cp', 'sed')
    assert len(here) == len([each for each in typed if not each.startswith(
        ('nova-pci ', 'nova-pci-status '))])


@pytest.mark.parametrize('command', of_program('openstack'))
def test_the_client_takes_the_command_and_its_options(command, monkeypatch):
    """All but what it would ask a cloud."""
    taken = []
    monkeypatch.setattr(shell.OpenStackShell, 'prepare_to_run_command',
                        lambda self, command: None)
    for base in (command_base.Command, display.DisplayCommandBase):
        monkeypatch.setattr(base, 'run',
                            lambda self, parsed: taken.append(parsed) or 0)
    assert shell.OpenStackShell().run(shlex.split(command)[1:]) == 0
    assert len(taken) == 1


@pytest.mark.parametrize('command', of_program('systemctl'))
def test_a_service_has_such_a_name(command):
    sudo, program, action, name = command.split()
    assert (sudo, program, action) == ('sudo', 'systemctl', 'restart')
    assert name in SERVICES


@pytest.mark.parametrize('command', of_program('echo', 'cat'))
def test_a_command_on_sysfs_writes_what_it_says(command, tmp_path):
    host(tmp_path)
    words = command.split()
    printed = run(command, tmp_path)
    if words[0] == 'cat':
        assert printed == '7\n'
        return
    assert (tmp_path / words[-1].lstrip('/')).read_text() == f'{words[1]}\n'


def test_the_rule_and_the_unit_make_vfs(tmp_path):
    host(tmp_path)
    rule, = [line for line in (
        SOURCE / 'examples/host/70-vfs.rules').read_text().splitlines()
        if not line.startswith('#')]
    found = dict(re.findall(r'(\w+(?:\{\w+\})?)={1,2}"([^"]*)"', rule))
    assert found == {'ACTION': 'bind', 'SUBSYSTEM': 'pci',
                     'KERNEL': '0000:81:00.0', 'ATTR{sriov_numvfs}': '7'}
    unit = (SOURCE / 'examples/host/vfs.service').read_text()
    command, = re.findall('^ExecStart=(.*)$', unit, re.MULTILINE)
    run(command, tmp_path)
    assert (tmp_path / CARD / 'sriov_numvfs').read_text() == '7\n'


def installed():
    """Return nova.conf as the page on the installation has it."""
    blocks = re.findall(r'\.\. code-block:: ini\n\n((?:   .*\n|\n)+)',
                        (SOURCE / 'install.rst').read_text())
    return re.sub('^   ', '', ''.join(blocks), flags=re.MULTILINE) + (
        '\n[pci_ext]\nmetrics_listen = 192.0.2.1:9901\n'
        '\n[placement]\nregion_name = one\n')


def test_the_roll_back_leaves_novas_own_classes(tmp_path):
    path = tmp_path / 'etc' / 'nova' / 'nova.conf'
    path.parent.mkdir(parents=True)
    path.write_text(installed())
    for command in commands('rollback')[:-2]:
        if 'systemctl' not in command:
            run(command, tmp_path)
    text = path.read_text()
    assert 'pci_ext' not in text
    assert re.search(r',\n(?! )', text) is None
    assert 'available_filters = nova.scheduler.filters.all_filters' in text
    assert 'compute_driver = libvirt.LibvirtDriver' in text
    assert '[placement]\nregion_name = one\n' in text
    # The copy is that of the second step, which comes after the first.
    run(commands('rollback')[-2], tmp_path)
    assert 'pci_ext.LibvirtDriver' in path.read_text()
