# SPDX-License-Identifier: Apache-2.0

"""``nova-compute-pci`` as a process, up to where the service would start.

And ``nova-conductor-pci``, as far as they begin in the same way.
"""

import json
import subprocess
import sys

import pytest
from nova import version

pytestmark = pytest.mark.nova

INTERVALS = {'update_available_resource': 777, '_sync_power_states': 888,
             '_heal_instance_info_cache': 999}


def test_intervals_of_the_configuration_are_those_of_the_service(tmp_path):
    """Nova reads them when it defines the class of its manager."""
    conf = tmp_path / 'nova.conf'
    conf.write_text(
        '[DEFAULT]\n'
        f'state_path = {tmp_path}\n'
        'compute_driver = fake.FakeDriver\n'
        'transport_url = fake://\n'
        'update_resources_interval = 777\n'
        'sync_power_state_interval = 888\n'
        'heal_instance_info_cache_interval = 999\n')
    program = f'''
import json, os, sys
from nova_pci_ext.cli import nova_compute
import nova.cmd.compute

def tell(**_):
    from nova.compute import manager
    from nova.pci import manager as pci_manager
    spacing = manager.ComputeManager._periodic_spacing
    print(json.dumps([pci_manager.PciDevTracker.__module__, {{
        name: spacing.get(name) for name in {list(INTERVALS)!r}}}]),
        flush=True)
    os._exit(0)
sys.argv = ['nova-compute', '--config-file', {str(conf)!r}]
nova.cmd.compute.service.Service.create = tell
nova.cmd.compute.objects.Service.enable_min_version_cache = lambda: None
nova_compute.main()
'''
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', program],
                          capture_output=True, text=True, timeout=400,
                          check=False)
    assert done.stdout, done.stderr
    tracker, spacing = json.loads(done.stdout.splitlines()[-1])
    assert tracker == 'nova_pci_ext.compute.tracker'
    assert spacing == INTERVALS


@pytest.mark.parametrize('command', ['nova_compute', 'nova_conductor'])
def test_nova_decides_about_threads_before_anything_of_it_is_loaded(command):
    """Nova 34 does not start otherwise, older ones complain of it."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c',
         f'from nova_pci_ext.cli import {command}; {command}.main()',
         '--version'],
        capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [version.version_string()]
    assert 'prior to eventlet monkey patching' not in done.stderr
