# SPDX-License-Identifier: Apache-2.0

"""An environment without Nova is told from one with it."""

import importlib.util
import sys
import types
from importlib import machinery

import pytest

from nova_pci_ext.cli import lines
from nova_pci_ext.cli import nova_compute
from nova_pci_ext.cli import nova_conductor
from nova_pci_ext.cli import nova_missing
from nova_pci_ext.cli import nova_status

LINE = (f'Nova is not installed in the Python of {sys.prefix}; install this '
        'package into the environment that Nova runs in, or here a '
        "supported Nova: pip install 'nova-pci-ext[nova]' "
        "('nova-pci-ext[nova,quickstart]' for the quickstart)")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder where Python looks for Nova, with what our wheel puts there."""
    (tmp_path / 'nova' / 'virt' / 'pci_ext').mkdir(parents=True)
    monkeypatch.setattr(
        importlib.util, 'find_spec',
        lambda name: machinery.PathFinder.find_spec(name, [str(tmp_path)]))
    return tmp_path


def test_our_folder_alone_is_no_nova(site):
    assert nova_missing.is_missing()


def test_no_folder_at_all_is_no_nova(site):
    (site / 'nova').rename(site / 'other')
    assert nova_missing.is_missing()


def test_nova_is_there(site):
    (site / 'nova' / '__init__.py').touch()
    assert not nova_missing.is_missing()
    nova_missing.require()


def test_a_module_made_by_hand_is_not_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, 'nova', types.ModuleType('nova'))
    assert not nova_missing.is_missing()


@pytest.mark.parametrize('command', [nova_compute, nova_conductor,
                                     nova_status])
def test_a_command_that_is_novas_ends_with_one_line(command, site):
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == LINE


def test_a_command_of_ours_says_the_same(site):
    assert lines.words(ModuleNotFoundError(
        "No module named 'nova.conf'", name='nova.conf')) == LINE
    assert lines.words(ImportError(
        "cannot import name 'version' from 'nova'", name='nova')) == LINE


def test_another_import_that_fails_is_not_novas(site):
    error = ModuleNotFoundError("No module named 'novaclient'",
                                name='novaclient')
    assert not nova_missing.is_cause(error)


def test_a_module_that_this_nova_lacks_is_not_a_missing_nova(site):
    (site / 'nova' / '__init__.py').touch()
    assert not nova_missing.is_cause(ModuleNotFoundError(
        "No module named 'nova.pci'", name='nova.pci'))
