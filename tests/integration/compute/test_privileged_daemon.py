# SPDX-License-Identifier: Apache-2.0

"""Nova's privileged daemon, and a real one in a namespace of its own."""

import os
import pathlib
import subprocess
import sys
import threading

import pytest

from nova_pci_ext.compute import privileged_daemon
from tests.integration.compute.test_privileged import APART
from tests.integration.compute.test_privileged import CAN_BE_APART

pytestmark = pytest.mark.nova

NOT_YET = "Nova's privileged daemon has not answered yet"


def test_one_question_at_a_time_and_its_answer_counts():
    gate, asked = threading.Event(), []

    def ask():
        asked.append(1)
        gate.wait(60)
    daemon = privileged_daemon.Daemon(ask)
    thread = daemon.start()
    assert [daemon.lacks(.01), daemon.lacks(.01)] == [NOT_YET, NOT_YET]
    assert asked == [1]
    gate.set()
    thread.join(60)
    assert daemon.lacks(60) is None
    assert asked == [1, 1]


def test_what_fails_is_said_once_and_asked_again(caplog):
    fault = OSError('no \x1b[2J privileges')
    faults = [fault, fault, OSError(), None]

    def ask():
        fault = faults.pop(0)
        if fault:
            raise fault
    daemon = privileged_daemon.Daemon(ask)
    found = [daemon.lacks(60) for _ in range(4)]
    assert found[2:] == ["Nova's privileged daemon cannot be asked: OSError",
                         None]
    assert [each.getMessage() for each in caplog.records] == [
        "Nova's privileged daemon cannot be asked: no \\x1b[2J privileges; "
        'what servers leave on PCI devices is not put right',
        "Nova's privileged daemon cannot be asked: OSError; what servers "
        'leave on PCI devices is not put right']


SCRIPT = f"""
import math, sys, time
from nova import monkey_patch
if sys.argv[3] == 'eventlet':
    monkey_patch.patch()
from nova import config
from nova_pci_ext.compute import privileged, privileged_daemon
from nova_pci_ext.compute.privileged_daemon import DAEMON
config.parse_args(['nova-compute', '--config-file', sys.argv[1]])
assert DAEMON.lacks(.01) == {NOT_YET!r}
with open(sys.argv[2], 'w') as gate:
    gate.write('go')
assert DAEMON.lacks(250) is None
assert privileged.set_interface(1, {{'state': 'up'}}, math.inf) is None
first = privileged.privsep.sys_admin_pctxt.channel
first.close()
# Whoever ended it, it is started again.
while first.running:
    time.sleep(.01)
assert DAEMON.lacks(250) is None
assert privileged.privsep.sys_admin_pctxt.channel is not first
print('done')
"""


@pytest.mark.skipif(not CAN_BE_APART,
                    reason='no network namespace can be made here')
@pytest.mark.parametrize('threads', ['native', 'eventlet'])
def test_a_real_one_is_started_and_started_again(tmp_path, threads):
    """Its helper waits until somebody has asked without getting an answer."""
    gate, conf = tmp_path / 'gate', tmp_path / 'nova.conf'
    helper = tmp_path / 'helper'
    helper.write_text(
        '#!/bin/sh\n'
        f'until [ -s {gate} ]; do sleep 0.1; done\n'
        f'exec {pathlib.Path(sys.executable).parent}/privsep-helper '
        f'--config-file {conf} "$@"\n')
    helper.chmod(0o755)
    conf.write_text('[DEFAULT]\nuse_stderr = true\n'
                    f'[nova_sys_admin]\nhelper_command = {helper}\n')
    found = subprocess.run(
        [*APART, sys.executable, '-c', SCRIPT, str(conf), str(gate), threads],
        capture_output=True, text=True, timeout=600,
        env={**os.environ, 'OS_NOVA_DISABLE_EVENTLET_PATCHING': ''})
    assert found.stdout == 'done\n', found.stderr
