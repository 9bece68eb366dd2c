# SPDX-License-Identifier: Apache-2.0

"""What is released installs into an empty environment, and works there.

Installs Nova from the registry for each release, some minutes each, so this
is the tox environment ``packaging`` and no part of ``make test``.
"""

import json
import sys

import pytest

from tests import distribution
from tools import command_files

LIMIT_S = 900
SUBCOMMANDS = ('check', 'migrate', 'quickstart')

# Loads what is in the wheel, and says where each of it lies.
LOAD = """
import importlib.metadata, json
found = {}
for entry in importlib.metadata.distribution('nova-pci-ext').entry_points:
    module = __import__(entry.module, fromlist=['*'])
    entry.load()
    found[f'{entry.group} {entry.name}'] = module.__file__
print(json.dumps(found))
"""


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The wheel and the sdist."""
    return distribution.build(tmp_path_factory.mktemp('built'))


class Environment:
    """An empty virtual environment with what was released, and a Nova."""

    def __init__(self, folder, nova, *what):
        self.folder = folder
        distribution.run(sys.executable, '-m', 'venv', str(folder))
        self.constraints = (
            distribution.ROOT / f'constraints/nova-{nova}.txt')
        self.pip_install('nova', *what)

    def pip_install(self, *what):
        """Install under the constraints of this Nova."""
        self.run('pip', 'install', '--quiet', '--disable-pip-version-check',
                 '--constraint', str(self.constraints), *what)

    def run(self, command, *arguments, **variables):
        """Run one of its commands, away from the source tree."""
        return distribution.run(
            str(self.folder / 'bin' / command), *arguments,
            cwd=self.folder, limit_s=LIMIT_S, **variables)


@pytest.fixture(scope='module', params=['34', '33', '32', '31'])
def installed(request, built, tmp_path_factory):
    """The wheel beside each Nova."""
    wheel, _ = built
    return Environment(tmp_path_factory.mktemp(f'nova{request.param}'),
                       request.param, str(wheel))


def test_pip_finds_nothing_wrong(installed):
    assert installed.run('pip', 'check') == 'No broken requirements found.\n'


def test_every_entry_point_loads_from_the_wheel(installed):
    found = json.loads(installed.run(
        'python', '-W', 'ignore', '-c', LOAD,
        OS_NOVA_DISABLE_EVENTLET_PATCHING='true'))
    assert {f'nova_pci_ext.cli {name}' for name in SUBCOMMANDS} <= set(found)
    assert 'nova.api.extra_spec_validators nova_pci_ext' in found
    assert [where for where in found.values()
            if not where.startswith(f'{installed.folder}/lib/')] == []


def test_nova_finds_the_drivers_without_help(installed):
    assert installed.run(
        'python', '-W', 'ignore', '-c',
        'from nova.virt.pci_ext import LibvirtDriver;'
        'print(LibvirtDriver.__module__)',
        OS_NOVA_DISABLE_EVENTLET_PATCHING='true') == (
        'nova_pci_ext.virt.libvirt_driver\n')


def test_the_sample_and_the_quickstart_are_installed(installed):
    share = installed.folder / 'etc' / 'nova_pci_ext'
    source = distribution.ROOT / 'etc' / 'nova_pci_ext'
    assert (share / 'nova-pci-ext.conf.sample').read_text() == (
        source / 'nova-pci-ext.conf.sample').read_text()
    own = installed.folder / 'nova.conf'
    own.write_text('[pci]\ndevice_spec = {"address": "*:0a:00.*"}\n')
    assert installed.run('nova-pci', 'check', '--config-file', str(own)) == (
        '0 errors, 0 warnings; 1 device_spec entry, 0 aliases\n')


def test_the_completions_and_manual_pages_are_installed(installed):
    share = installed.folder / 'share'
    for place in command_files.PLACES.values():
        assert (share / place).read_text()
    assert (share / command_files.MAN / 'nova-pci-explain.1').is_file()


@pytest.mark.parametrize('command', [
    ('nova-pci', '--help'), ('nova-pci-status', '--help'),
    *(('nova-pci', name, '--help') for name in SUBCOMMANDS)])
def test_a_command_starts(installed, command):
    assert 'usage: ' in installed.run(*command)


def test_the_quickstart_runs_with_its_extra(installed, built):
    """Last, as it installs more into the environment."""
    installed.pip_install(f'{built[0]}[quickstart]')
    installed.run('nova-pci', 'quickstart')
    test_pip_finds_nothing_wrong(installed)


def test_a_wheel_made_from_the_sdist_has_the_same_files(built, tmp_path):
    wheel, sdist = built
    distribution.run(
        sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
        '--wheel-dir', str(tmp_path), str(sdist), cwd=tmp_path)
    (again,) = tmp_path.glob('*.whl')
    assert again.name == wheel.name

    def names(path):
        listed = distribution.run(sys.executable, '-m', 'zipfile', '-l',
                                  str(path)).splitlines()[1:]
        # Where the licence goes depends on the version of setuptools.
        return sorted(line.split()[0] for line in listed
                      if '.dist-info/' not in line)

    assert names(again) == names(wheel)
