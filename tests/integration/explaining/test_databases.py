# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain`` without a database: an answer soon, in words, with 2.

Each is a process of its own, as Nova's configuration is global.
"""

import concurrent.futures
import socket
import subprocess
import sys

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import databases

pytestmark = pytest.mark.nova

PASSWORD = 'pass5word'


def explain(folder, api, main):
    """Explain under a nova.conf; return status, output and errors."""
    path = folder / 'nova.conf'
    path.write_text(
        '[pci]\nalias = {"name": "a1", "vendor_id": "8086", '
        '"product_id": "1520"}\n'
        f'[api_database]\n{api}\n[database]\n{main}\n')
    done = subprocess.run(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', 'explain',
         '--config-file', path, '--extra-spec', 'pci_passthrough:alias=a1:1'],
        capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def silent():
    """A server that takes connections and never says a word."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_does_not_answer(tmp_path, silent):
    url = f'mysql+pymysql://nova:{PASSWORD}@127.0.0.1:{silent}/nova_api'
    assert explain(tmp_path, f'connection = {url}', f'connection = {url}'
                   ) == (2, '', 'nova-pci: error: '
                                '[api_database] connection: no answer '
                         'from the database in 8 s\n')


@pytest.mark.parametrize(('api', 'message'), [
    pytest.param(
        f'connection = mysql+pymysql://nova:{PASSWORD}@127.0.0.1:1/nova_api',
        'no connection to the database (DBConnectionError)',
        id='nobody listens'),
    pytest.param('', 'no database is named (CantStartEngineError)',
                 id='no option'),
    pytest.param(f'connection = oracle+x://nova:{PASSWORD}@127.0.0.1/x',
                 'unknown kind of database (NoSuchModuleError)',
                 id='a kind that is not known'),
    pytest.param(f'connection = mysql+mysqldb://nova:{PASSWORD}@127.0.0.1/x',
                 'the Python package for this kind of database is not '
                 'installed (ModuleNotFoundError)', id='no driver'),
    pytest.param(f'connection = {PASSWORD}', 'expected the URL of a database '
                 '(ArgumentError)', id='no URL'),
    pytest.param('connection = sqlite://', 'not a database of Nova, or of '
                 'another release (DBNonExistentTable)', id='no tables'),
])
def test_a_database_that_cannot_be_read(tmp_path, api, message):
    assert explain(tmp_path, api, 'connection = sqlite://') == (
        2, '', f'nova-pci: error: [api_database] connection: {message}\n')


def test_the_first_that_does_not_answer_is_named():
    never = concurrent.futures.Future()
    with pytest.raises(exceptions.DiscoveryError) as caught:
        databases._answer('database of cell c1', never, 0)
    assert str(caught.value) == (
        'database of cell c1: no answer from the database in 8 s')
