# SPDX-License-Identifier: Apache-2.0

"""The metrics of a process with few files, under connections that never end.

A process with 1,024 files at most serves metrics and does its work beside.
Two thousand connections that say nothing, and two hundred that say a byte
from time to time, take neither its files nor its metrics.
"""

import contextlib
import pathlib
import resource
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request

import pytest

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
FILES = 1024
# Works on a line from its standard input, as a service on a message: it opens
# files and starts a thread, and says how many files it has.
SERVICE = """
import os, resource, sys, tempfile, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
from nova_pci_ext.metrics import listen
from nova_pci_ext.parsing.listen_address import parse_listen_address
class options:
    metrics_listen = parse_listen_address('127.0.0.1:0')
    metrics_tls_cert, metrics_tls_key = (sys.argv[1:] or [None, None])[:2]
    metrics_tls_client_ca = None
print(listen.serve(options.metrics_listen, options), flush=True)
for line in sys.stdin:
    files = [tempfile.TemporaryFile() for _ in range(900)]
    thread = threading.Thread(target=files.clear)
    thread.start()
    thread.join()
    print(len(os.listdir('/proc/self/fd')), flush=True)
"""


class Service:
    def __init__(self, process):
        self._process = process
        self.port = int(process.stdout.readline())

    def work(self):
        """Let it work; return how many files it has."""
        self._process.stdin.write('go\n')
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextlib.contextmanager
def serving(*words):
    process = subprocess.Popen(
        [sys.executable, '-c', SERVICE, *words], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            yield Service(process)
        finally:
            process.stdin.close()
            process.wait(30)


@pytest.fixture
def many_files():
    """Let this process have as many connections as the load needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(port, stack):
    connection = stack.enter_context(
        socket.create_connection(('127.0.0.1', port), timeout=30))
    connection.setblocking(False)
    return connection


def scrape(port, context=None):
    kind = 'http' if context is None else 'https'
    with urllib.request.urlopen(f'{kind}://127.0.0.1:{port}/metrics',
                                timeout=30, context=context) as answer:
        return answer.read().decode()


def test_idle_connections_take_nothing(many_files):
    with serving() as service, contextlib.ExitStack() as stack:
        before = service.work()
        for _ in range(2000):
            connect(service.port, stack)
        assert 'nova_pci_ext_filter_seconds' in scrape(service.port)
        assert service.work() <= before + 64


def test_slow_connections_take_nothing(many_files):
    """Each says a byte from time to time, and comes back when it is shut."""
    request = b'GET /metrics HTTP/1.0\r\nX-Slow: ' + b'x' * 100_000
    with serving() as service, contextlib.ExitStack() as stack:
        before = service.work()
        slow = [connect(service.port, stack) for _ in range(200)]
        done = threading.Event()

        def dribble():
            place = 0
            while not done.wait(.05):
                for number, connection in enumerate(slow):
                    try:
                        connection.send(request[place:place + 1])
                    except OSError:
                        slow[number] = connect(service.port, stack)
                place += 1

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            for _ in range(5):
                assert 'nova_pci_ext_filter_seconds' in scrape(service.port)
                assert service.work() <= before + 64
        finally:
            done.set()
            thread.join()


def test_handshakes_that_never_end_hold_nobody_up(many_files, tmp_path):
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
         '2', '-keyout', 'key', '-out', 'cert', '-subj', '/CN=x', '-addext',
         'subjectAltName=IP:127.0.0.1'], cwd=tmp_path, check=True,
        capture_output=True, timeout=60)
    context = ssl.create_default_context(cafile=tmp_path / 'cert')
    with (serving(tmp_path / 'cert', tmp_path / 'key') as service,
          contextlib.ExitStack() as stack):
        before = service.work()
        for _ in range(200):
            connect(service.port, stack)
        assert 'nova_pci_ext_filter_seconds' in scrape(service.port, context)
        assert service.work() <= before + 64
