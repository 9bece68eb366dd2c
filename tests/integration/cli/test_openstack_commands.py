# SPDX-License-Identifier: Apache-2.0

"""``openstack pci ...`` in python-openstackclient's own shell."""

import pathlib
import subprocess
import sys

import pytest

from nova_pci_ext.cli import openstack_commands

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
OLD = ROOT / 'doc' / 'source' / 'examples' / 'check' / '2014.conf'
FLEET = OLD.parents[1] / 'fleet' / 'books.json'
COMMANDS = ('audit', 'capacity', 'check', 'devices', 'drain', 'drained',
            'explain', 'fleet', 'rebalance', 'undrain')


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a module with words; no cloud is known, nor can a token be had."""
    monkeypatch.setenv('HOME', str(tmp_path))
    for name in ('OS_CLOUD', 'OS_AUTH_URL', 'OS_USERNAME', 'OS_PASSWORD'):
        monkeypatch.delenv(name, raising=False)

    def go(module, *words):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-m', module,
             *map(str, words)], cwd=ROOT, capture_output=True, text=True,
            check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr
    return go


def nova_pci(run, *words):
    return run('nova_pci_ext.cli.main', *words)


def openstack(run, *words):
    return run('openstackclient.shell', 'pci', *words)


@pytest.mark.parametrize(('words', 'status'), [
    (['check', '--config-file', OLD, '-f', 'json'], 2),
    (['devices', '--sysfs', '/nowhere'], 2),
    (['fleet', '--books', FLEET, '--free', '9', '-f', 'json'], 1),
    (['fleet', '--books', '/nowhere'], 2),
    # A server that does not fit has 1, so that a fault must not.
    (['explain', '--inventory', '/nowhere', '--extra-spec',
      'pci_passthrough:alias=a:1'], 2)])
def test_it_is_what_nova_pci_does(run, words, status):
    as_nova_pci = nova_pci(run, *words)
    assert as_nova_pci[0] == status
    assert openstack(run, *words) == as_nova_pci


def test_what_nova_pci_has_is_there(run):
    status, out, _ = openstack(run, 'explain', '--help')
    assert status == 0
    assert 'Say which hosts could take a server' in out
    assert '--inventory FILE' in out


@pytest.mark.parametrize('name', COMMANDS)
def test_each_command_needs_no_token(name):
    assert getattr(openstack_commands, name.title()).auth_required is False
