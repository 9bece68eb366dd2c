# SPDX-License-Identifier: Apache-2.0

"""Real services with 1,024 files, whose metrics are under load.

The quickstart's process is nova-compute, nova-scheduler and the rest in one.
It boots its servers while up to two thousand connections say nothing, as many
as can be made before they are booted, and two hundred of them say a byte from
time to time.
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
from tests.integration.metrics import test_server

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
many_files = test_server.many_files


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
                    test_server.scrape(port)
                    break
            # A scrape between each hundred: the servers are booted in a few
            # seconds, and the process ends with them.
            idle, slow = [], []
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    if len(idle) < 2000:
                        idle += [test_server.connect(port, stack)
                                 for _ in range(100)]
                        slow = idle[:200]
                    for connection in slow:
                        with contextlib.suppress(OSError):
                            connection.send(b'G')
                    scrapes.append(test_server.scrape(port))
                ended.wait(.01)

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
