# SPDX-License-Identifier: Apache-2.0

"""What install() puts into Nova, and what it refuses.

Each case is a process of its own: what is replaced once stays replaced.
"""

import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[2]
BEGIN = """
import logging, sys
from nova import objects, version
objects.register_all()
from nova_pci_ext import exceptions, install
logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s',
                    stream=sys.stdout)
logging.getLogger().setLevel(logging.WARNING)
logging.getLogger('nova_pci_ext').setLevel(logging.INFO)
"""


def run(code):
    """Run code after the imports; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', BEGIN + code], cwd=ROOT,
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_says_once_what_it_put_in_place():
    assert run("""
version.version_string = lambda: '34.0.0'
install.install()
install.install()
""") == ['INFO Installed nova_pci_ext.compute.device_filter.DeviceFilter, '
         'nova_pci_ext.stats.PciDeviceStats, '
         'nova_pci_ext.compute.tracker.PciDevTracker into Nova 34.0.0']


def test_the_resource_tracker_of_nova_makes_our_tracker():
    assert run("""
from unittest import mock
from nova.compute import resource_tracker
from nova.conf import CONF
logging.disable()
CONF([], project='nova', default_config_files=[])
install.install()
rt = resource_tracker.ResourceTracker(
    'host', mock.Mock(), reportclient=mock.Mock())
node = objects.ComputeNode(id=1, numa_topology=None)
with mock.patch('nova.db.main.api.pci_device_get_all_by_node',
                return_value=[]):
    rt._setup_pci_tracker(None, node, {'pci_passthrough_devices': '[]'})
for part in (rt.pci_tracker, rt.pci_tracker.stats, rt.pci_tracker.dev_filter):
    print(type(part).__module__, type(part).__name__)
""") == ['nova_pci_ext.compute.tracker PciDevTracker',
         'nova_pci_ext.stats PciDeviceStats',
         'nova_pci_ext.compute.device_filter DeviceFilter']


@pytest.mark.parametrize('change, message', [
    pytest.param(
        "version.version_string = lambda: '35.0.0'",
        'this nova_pci_ext works with Nova 31 to 34, not with Nova 35.0.0',
        id='an unknown Nova'),
    pytest.param(
        'from nova.pci import manager\n'
        'manager.PciDevTracker.save = lambda self, context, more: None',
        'nova.pci.manager.PciDevTracker.save takes self, context, more in '
        'this Nova, ours takes self, context',
        id='a method with another signature'),
    pytest.param(
        'from nova.pci import manager\n'
        'manager.PciDevTracker.prune = lambda self: None',
        'nova.pci.manager.PciDevTracker.prune takes self in this Nova, ours '
        'takes nothing, for it does not exist',
        id='a method that we do not know'),
    pytest.param(
        'from nova.pci import stats\n'
        "stats.PciDeviceStats = type('Stats', (), {'__module__': 'other'})",
        'nova.pci.stats.PciDeviceStats was already replaced by other.Stats',
        id='a class that somebody else replaced'),
])
def test_a_nova_that_does_not_fit_is_refused_and_left_alone(change, message):
    assert run(f"""
{change}
from nova.pci import manager, stats, whitelist
before = manager.PciDevTracker, stats.PciDeviceStats, whitelist.Whitelist
try:
    install.install()
except exceptions.InstallError as error:
    print(error)
print(before == (
    manager.PciDevTracker, stats.PciDeviceStats, whitelist.Whitelist))
""") == [message, 'True']


CONFIGURED = """[DEFAULT]
compute_driver = pci_ext.LibvirtDriver
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,PciPassthroughFilter
"""


@pytest.mark.parametrize('text, status, parts', [
    pytest.param(CONFIGURED, (0, 1), ['Check: Nova', 'Result: Success'],
                 id='as the installation page says'),
    pytest.param('[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n', (1,), [
        'compute_driver is libvirt.LibvirtDriver; on a compute',
        'PciPassthroughFilter is not among'], id='not configured'),
    pytest.param(CONFIGURED + 'pci_in_placement = true\n', (0, 1), [
        'Check: Placement Result: Success Details: Look at nova.conf: '
        '[scheduler] max_placement_results: so many hosts are looked at'],
        id='Placement is asked'),
])
def test_upgrade_check(tmp_path, text, status, parts):
    path = tmp_path / 'nova.conf'
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'nova_pci_ext.cli.status',
         '--config-file', path, 'upgrade', 'check'],
        cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode in status, done.stderr
    shown = ' '.join(done.stdout.replace('|', ' ').split())
    for part in parts:
        assert part in shown
