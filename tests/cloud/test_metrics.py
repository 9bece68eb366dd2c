# SPDX-License-Identifier: Apache-2.0

"""The metrics of a nova-compute under load.

It may have 1,024 files.  Two thousand connections to its endpoint say nothing,
and two hundred say a byte from time to time; it goes on with its work, and a
scrape is answered.
"""

import contextlib
import dataclasses
import resource
import threading

import pytest

from cloud import bring_up
from cloud import processes
from tests.cloud import test_hot_plug
from tests.integration.metrics import test_listen
from tests.integration.metrics import test_server

QUICK = ('tracker',)
HOST = 'igb-1'
NAME = f'compute-{HOST}'
FILES = 1024
IDLE, SLOW = 2000, 200
REQUEST = b'GET /metrics HTTP/1.0\r\nX-Slow: ' + b'x' * 100_000
many_files = test_server.many_files


@contextlib.contextmanager
def under_load(port):
    """Both kinds of connections; those that end are made again."""
    ended = threading.Event()
    with contextlib.ExitStack() as stack:
        idle = [test_server.connect(port, stack) for _ in range(IDLE)]
        slow = [test_server.connect(port, stack) for _ in range(SLOW)]
        thread = threading.Thread(
            target=keep_up, args=(port, stack, idle, slow, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def keep_up(port, stack, idle, slow, ended):
    """Let the slow connections say their requests, byte by byte."""
    said = [0] * len(slow)
    while not ended.wait(.2):
        for number, connection in enumerate(slow):
            try:
                connection.send(REQUEST[said[number]:said[number] + 1])
                said[number] += 1
            except OSError:
                slow[number] = again(connection, port, stack)
                said[number] = 0
        for number, connection in enumerate(idle):
            if is_shut(connection):
                idle[number] = again(connection, port, stack)


def again(connection, port, stack):
    connection.close()
    return test_server.connect(port, stack)


def is_shut(connection):
    try:
        return connection.recv(1) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.fixture
def port(place, calls, choice):
    """Where the compute serves metrics, with few files."""
    port = test_listen.two_free_ports()
    serving = dataclasses.replace(
        choice, more=f'[pci_ext]\nmetrics_listen = 127.0.0.1:{port}')
    bring_up.restart_nova(place, serving, calls, [NAME])
    resource.prlimit(processes.find_pid(place, NAME), resource.RLIMIT_NOFILE,
                     (FILES, FILES))
    yield port
    bring_up.restart_nova(place, choice, calls, [NAME])


def test_a_compute_goes_on_under_both_loads(
        scene, records, place, port, many_files):
    with under_load(port):
        before = test_server.scrape(port)
        # The periodic update takes notice of VFs that went and came.
        test_hot_plug.plug(place, test_hot_plug.VFS[2:])
        test_hot_plug.wait_for(records, test_hot_plug.VFS[:2])
        test_hot_plug.plug(place, [])
        test_hot_plug.wait_for(records, test_hot_plug.VFS)
        server = scene.boot(scene.flavor('nvme:4'), host=HOST)
        assert server['status'] == 'ACTIVE'
        scene.delete([server['id']])
        after = test_server.scrape(port)
    assert claimed(after) == claimed(before) + 4


def claimed(text):
    """How many devices were claimed since the compute was started."""
    return sum(float(line.rpartition(' ')[2]) for line in text.splitlines()
               if line.startswith('nova_pci_ext_devices_claimed_total{'))
