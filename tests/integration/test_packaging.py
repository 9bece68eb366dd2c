# SPDX-License-Identifier: Apache-2.0

"""The wheel lies down beside Nova and touches nothing of it."""

import pathlib
import re
import shutil
import sys
import tarfile
import zipfile

import nova
import pytest

from tests import distribution
from tests.distribution import ROOT
from tests.distribution import run
from tools import command_files

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The wheel and the sdist of the tree as it is now."""
    return distribution.build(tmp_path_factory.mktemp('built'))


@pytest.fixture(scope='module')
def wheel(built):
    """Path of the wheel."""
    return built[0]


@pytest.fixture(scope='module')
def site(wheel, tmp_path_factory):
    """A site-packages folder with the wheel installed into it."""
    prefix = tmp_path_factory.mktemp('prefix')
    run(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
        '--no-index', '--disable-pip-version-check', '--prefix',
        str(prefix), '--ignore-installed', str(wheel))
    (package,) = prefix.rglob('nova_pci_ext/install.py')
    return package.parents[1]


def test_the_wheel_brings_nothing_of_nova_but_the_driver_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist()
                 if name.startswith('nova/')]
    assert 'nova/virt/pci_ext/__init__.py' in names
    assert [name for name in names
            if not name.startswith('nova/virt/pci_ext/')] == []


def test_the_wheel_has_every_file_of_the_package(wheel):
    tracked = run('git', 'ls-files', '--cached', '--others',
                  '--exclude-standard', 'nova_pci_ext').splitlines()
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in tracked if (ROOT / name).exists()} - set(
            archive.namelist()) == set()


def test_the_wheel_says_that_the_package_is_typed(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert 'nova_pci_ext/py.typed' in archive.namelist()


def test_the_sdist_has_what_a_build_and_a_test_run_need(built):
    with tarfile.open(built[1]) as archive:
        names = {name.partition('/')[2] for name in archive.getnames()}
    assert {
        'setup.cfg', 'setup.py', 'pyproject.toml', 'tox.ini', 'LICENSE',
        'constraints/nova-34.txt', 'nova/virt/pci_ext/__init__.py',
        'tests/nova_suites/differences.yaml', 'doc/source/index.rst',
    } - names == set()


def test_the_wheel_has_completions_and_manual_pages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition('/data/')[2] for name in archive.namelist()}
    assert {f'share/{place}' for place in (
        *command_files.PLACES.values(), f'{command_files.MAN}/nova-pci.1',
        f'{command_files.MAN}/nova-pci-devices.1')} - names == set()


def test_pip_puts_them_where_shells_and_man_look(site):
    (share,) = {path.parents[2] for path in
                site.parents[2].rglob('man/man1/nova-pci.1')}
    for place in command_files.PLACES.values():
        assert (share / place).read_text() == (
            command_files.completion_text(
                {shell for shell, other in command_files.PLACES.items()
                 if other == place}.pop()))


@pytest.mark.parametrize(('tag', 'expected'), [
    (None, r'0\.0\.1\.dev\d+'), ('1.2.0', r'1\.2\.1\.dev1')])
def test_the_version_is_what_the_tags_of_a_clone_say(tmp_path, tag, expected):
    """A version in setup.cfg would refuse each tag that is below it."""
    run('git', 'clone', '--quiet', str(ROOT), str(tmp_path / 'clone'))
    clone = tmp_path / 'clone'
    for name in run('git', 'tag', cwd=clone).split():
        run('git', 'tag', '--delete', name, cwd=clone)
    shutil.copy2(ROOT / 'setup.cfg', clone)
    if tag:
        run('git', 'tag', tag, cwd=clone)
        run('git', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit',
            '--quiet', '--allow-empty', '--message', 'more', cwd=clone)
    said = run(sys.executable, '-W', 'ignore', '-c',
               'from pbr import packaging;'
               "print(packaging.get_version('nova-pci-ext'))", cwd=clone)
    assert re.fullmatch(expected, said.strip())


def test_the_drivers_are_found_beside_nova(site):
    shutil.copytree(
        pathlib.Path(nova.__file__).parent, site / 'nova',
        dirs_exist_ok=True, ignore=shutil.ignore_patterns(
            'tests', '__pycache__', '*.pyc'))
    said = run(
        sys.executable, '-W', 'ignore', '-c',
        'import nova.virt.pci_ext as ours, sys;'
        'home = ours.LibvirtDriver.__module__;'
        'print(*(sys.modules[name].__file__'
        ' for name in ("nova", ours.__name__, home)))',
        cwd=site.parent, PYTHONPATH=str(site),
        OS_NOVA_DISABLE_EVENTLET_PATCHING='true')
    assert said.split() == [
        f'{site}/nova/__init__.py', f'{site}/nova/virt/pci_ext/__init__.py',
        f'{site}/nova_pci_ext/virt/libvirt_driver.py']


def test_the_files_for_operators_are_installed(site):
    installed = site.parents[2] / 'etc' / 'nova_pci_ext'
    assert (installed / 'nova-pci-ext.conf.sample').is_file()
    assert {path.name for path in (installed / 'quickstart').iterdir()} == {
        path.name
        for path in (ROOT / 'etc/nova_pci_ext/quickstart').iterdir()}
