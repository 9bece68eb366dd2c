# SPDX-License-Identifier: Apache-2.0

"""Changes of interfaces at a real kernel, in a network namespace of its own.

The loopback interface is there in each, and no VFs are.
"""

import json
import shutil
import subprocess
import sys

import pytest

from nova_pci_ext.compute import privileged

pytestmark = pytest.mark.nova

SCRIPT = """
import json
import math
from pyroute2 import IPRoute
from nova import privsep
from nova_pci_ext.compute import privileged
privsep.sys_admin_pctxt.set_client_mode(False)
def look():
    with IPRoute() as route:
        (found,) = route.link('get', index=1)
    return [bool(found['flags'] & 1), found.get_attr('IFLA_ADDRESS')]
def set_interface(index, told):
    return privileged.set_interface(index, told, math.inf)
print(json.dumps([
    privileged.set_interface(1, {'state': 'up'}, 0.),
    look(), set_interface(1, {'state': 'up'}),
    set_interface(1, {'address': '02:00:00:00:00:07'}), look(),
    set_interface(1, {'state': 'down'}), look(),
    privileged.set_vf(1, 0, {'trust': 0}, math.inf),
    set_interface(9, {'state': 'up'}),
    privileged.set_vf_count('0000:ff:1f.7', 2, math.inf)]))
"""
APART = ('unshare', '--user', '--map-root-user', '--net')
CAN_BE_APART = shutil.which('unshare') is not None and subprocess.run(
    [*APART, 'true'], capture_output=True).returncode == 0


@pytest.mark.skipif(not CAN_BE_APART,
                    reason='no network namespace can be made here')
def test_the_kernel_does_it_or_says_why_not():
    found = subprocess.run([*APART, sys.executable, '-c', SCRIPT],
                           capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == [
        'nobody waits for it any more',
        [False, '00:00:00:00:00:00'], None, None,
        [True, '02:00:00:00:00:07'], None, [False, '02:00:00:00:00:07'],
        'Operation not supported', 'No such device',
        'No such file or directory']


def test_each_runs_in_novas_daemon():
    """Whose helper finds them by their names, which begin as its own."""
    context = privileged.privsep.sys_admin_pctxt
    for name in ('answer', 'set_vf', 'set_interface', 'set_vf_count'):
        assert context.is_entrypoint(getattr(privileged, name))
        assert privileged.__name__.startswith(context.prefix)
