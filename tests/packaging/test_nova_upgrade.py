# SPDX-License-Identifier: Apache-2.0

"""Our folder below ``nova/virt`` when pip changes Nova, or there is none.

Nova's requirements are left out, so this takes a minute and not ten.
"""

import sys

import pytest

from nova_pci_ext import install
from tests import distribution

OURS = 'nova/virt/pci_ext/__init__.py'


class Site:
    """A virtual environment and its site-packages."""

    def __init__(self, folder):
        distribution.run(sys.executable, '-m', 'venv', str(folder))
        self.python = str(folder / 'bin' / 'python')
        (self.packages,) = folder.glob('lib/python*/site-packages')

    def pip(self, *arguments):
        """Run pip; what is installed is installed alone."""
        return distribution.run(
            self.python, '-m', 'pip', *arguments, '--quiet',
            '--disable-pip-version-check', limit_s=600)

    def nova(self, release):
        """Install the pinned Nova of a release in the place of another."""
        constraints = distribution.ROOT / f'constraints/nova-{release}.txt'
        self.pip('install', '--no-deps', '--constraint', str(constraints),
                 '--upgrade', 'nova')

    def missing(self):
        """Return whether our commands say that Nova is missing."""
        return distribution.run(
            self.python, '-c', 'from nova_pci_ext.cli import nova_missing;'
            'print(nova_missing.is_missing())').strip() == 'True'


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel of the tree."""
    return distribution.build(tmp_path_factory.mktemp('built'))[0]


@pytest.fixture
def site(wheel, tmp_path):
    """An environment with the wheel alone."""
    found = Site(tmp_path / 'env')
    found.pip('install', '--no-deps', str(wheel))
    return found


def test_the_folder_survives_each_upgrade_and_the_end_of_nova(site):
    releases = [*install.SUPPORTED]
    for release in (*releases, releases[0]):
        site.nova(release)
        assert (site.packages / OURS).is_file(), release
        assert not site.missing()
    site.pip('uninstall', '--yes', 'nova')
    assert (site.packages / OURS).is_file()
    assert site.missing()


def test_our_end_leaves_nova_as_it_was(site):
    site.nova(34)
    site.pip('uninstall', '--yes', 'nova-pci-ext')
    assert not (site.packages / 'nova' / 'virt' / 'pci_ext').exists()
    assert (site.packages / 'nova' / 'virt' / '__init__.py').is_file()
