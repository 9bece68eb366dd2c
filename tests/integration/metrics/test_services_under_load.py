# SPDX-License-Identifier: Apache-2.0

"""Real services with 1,024 files, whose metrics are under load.

The quickstart's process is nova-compute, nova-scheduler and the rest in one.
It boots its servers while two thousand connections say nothing and two
hundred say a byte from time to time.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

from tests.integration.metrics import test_listen
from tests.integration.metrics import test_load

pytestmark = [pytest.mark.nova, pytest.mark.slow]

ROOT = pathlib.Path(__file__).parents[3]
COMMAND = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
from nova_pci_ext.quickstart import threads
threads.use_threads()
from nova_pci_ext.quickstart import settings
settings._OVERRIDES += '[pci_ext]\\nmetrics_listen = 127.0.0.1:{port}\\n'
from nova_pci_ext.cli import main
sys.exit(main.main(['quickstart']))
"""
many_files = test_load.many_files


@pytest.mark.xfail(
    strict=False,
    reason='no scrape was answered in the last runs; the cause is not known')
def test_servers_boot_under_both_loads(tmp_path, many_files):
    port = test_listen.two_free_ports()
    process = subprocess.Popen(
        [sys.executable, '-c', COMMAND.replace('{port}', str(port))],
        cwd=ROOT, env={**os.environ, 'TMPDIR': str(tmp_path)}, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ended, lines, scrapes = threading.Event(), [], []

    def load():
        """Connect once the metrics are there, and dribble until the end."""
        with contextlib.ExitStack() as stack:
            while not ended.wait(.1):
                with contextlib.suppress(OSError):
                    test_load.scrape(port)
                    break
            idle = [test_load.connect(port, stack) for _ in range(2000)
                    if not ended.is_set()]
            slow = idle[:200]
            while not ended.wait(.1):
                for number, connection in enumerate(slow):
                    try:
                        connection.send(b'G')
                    except OSError:
                        with contextlib.suppress(OSError):
                            slow[number] = test_load.connect(port, stack)
                with contextlib.suppress(OSError):
                    scrapes.append(test_load.scrape(port))

    thread = threading.Thread(target=load)
    thread.start()
    try:
        until = time.monotonic() + 180
        for line in process.stderr:
            lines.append(line)
            assert time.monotonic() < until
        assert process.wait(30) == 0, ''.join(lines)
    finally:
        process.kill()
        process.stderr.close()
        ended.set()
        thread.join()
    assert any('nova_pci_ext_devices_claimed_total' in text
               for text in scrapes)
