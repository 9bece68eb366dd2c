# SPDX-License-Identifier: Apache-2.0

"""The DevStack plugin: what it does in each phase, with DevStack's functions
in the form of a few lines of shell that say how they were called.
"""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PLUGIN = ROOT / 'devstack' / 'plugin.sh'
DEVSTACK = r"""
set -u
is_service_enabled() { [[ $1 == nova ]]; }
echo_summary() { :; }
die() { shift; echo "die: $*"; exit 1; }
setup_develop() { echo "setup_develop $*"; }
iniget() { echo "ComputeFilter,NUMATopologyFilter"; }
iniset() { shift; echo "$1 $2 = $3"; }
iniadd_literal() { shift; echo "$1 $2 = $3"; }
inidelete() { :; }
"""


def plugin(tmp_path, *phase, status=0, **settings):
    """Run a phase; return the lines that DevStack's functions said."""
    (tmp_path / 'nova' / 'nova' / 'virt').mkdir(parents=True, exist_ok=True)
    command = tmp_path / 'nova-pci'
    command.write_text(f'#!/bin/sh\nexit {status}\n')
    command.chmod(0o755)
    script = (f'{DEVSTACK}\nsource {ROOT}/devstack/settings\n'
              f'source {PLUGIN} {" ".join(phase)}')
    done = subprocess.run(
        ['bash', '-c', script], capture_output=True, text=True, timeout=60,
        env={'PATH': '/usr/bin:/bin', 'DEST': '/opt/stack',
             'NOVA_PCI_EXT_DIR': str(ROOT), 'NOVA_CONF': '/etc/nova.conf',
             'NOVA_DIR': str(tmp_path / 'nova'),
             'NOVA_BIN_DIR': str(tmp_path), **settings})
    assert done.stderr == ''
    return done.stdout.splitlines()


def test_install_links_the_drivers_into_the_tree_of_nova(tmp_path):
    assert plugin(tmp_path, 'stack', 'install') == [f'setup_develop {ROOT}']
    link = tmp_path / 'nova' / 'nova' / 'virt' / 'pci_ext'
    assert link.resolve() == ROOT / 'nova' / 'virt' / 'pci_ext'
    assert plugin(tmp_path, 'clean') == []
    assert not link.exists()


def test_the_recorded_driver_brings_its_extra(tmp_path):
    assert plugin(tmp_path, 'stack', 'install',
                  NOVA_PCI_EXT_DRIVER='pci_ext.RecordedDriver') == [
        f'setup_develop {ROOT} quickstart']


def test_post_config_sets_each_option(tmp_path):
    assert plugin(
        tmp_path, 'stack', 'post-config',
        NOVA_PCI_EXT_DEVICE_SPEC='{"address": "*:0a:00.*"}\n'
        '\n{"vendor_id": "10de"}\n',
        NOVA_PCI_EXT_ALIAS='{"name": "a1"}',
        NOVA_PCI_EXT_METRICS_LISTEN='127.0.0.1:9901') == [
        'filter_scheduler enabled_filters = '
        'ComputeFilter,NUMATopologyFilter,PciPassthroughFilter',
        # Each goes in front of those that are there.
        'filter_scheduler available_filters = '
        'nova_pci_ext.scheduler.filters.PciPassthroughFilter',
        'filter_scheduler available_filters = '
        'nova.scheduler.filters.all_filters',
        'pci device_spec = {"vendor_id": "10de"}',
        'pci device_spec = {"address": "*:0a:00.*"}',
        'pci alias = {"name": "a1"}',
        'DEFAULT compute_driver = pci_ext.LibvirtDriver',
        'pci_ext metrics_listen = 127.0.0.1:9901']


@pytest.mark.parametrize(('status', 'said'), [
    pytest.param(0, [], id='all is well'),
    pytest.param(1, [], id='warnings'),
    pytest.param(2, ['die: the PCI options of /etc/nova.conf have faults'],
                 id='faults'),
])
def test_a_faulty_configuration_stops_devstack(tmp_path, status, said):
    assert plugin(tmp_path, 'stack', 'post-config',
                  status=status)[4:] == said


@pytest.mark.parametrize('phase', [
    ('stack', 'pre-install'), ('stack', 'extra'), ('unstack',)])
def test_other_phases_do_nothing(tmp_path, phase):
    assert plugin(tmp_path, *phase) == []


def test_nothing_is_done_where_nova_is_not_enabled(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], 'DEVSTACK', DEVSTACK.replace(
        '[[ $1 == nova ]]', 'false'))
    assert plugin(tmp_path, 'stack', 'install') == []
