# SPDX-License-Identifier: Apache-2.0

"""Servers of a cloud with two cells and cell0, in databases of Nova's own."""

import json
import subprocess
import sys

import pytest

from tests import fleet_databases
from tests.integration.servers import cells

pytestmark = [pytest.mark.nova, pytest.mark.slow]

LOST = ('database of cell cell2: the server does not have this database '
        '(DBNonExistentDatabase)')
OWNED = {'cell': 'cell2', 'status': 'ACTIVE', 'deleted': False, 'unread': [],
         'devices': ['0000:20:00.0', '0000:21:00.0'], 'warnings': [],
         'hosts': {'b': 'is here'}}


@pytest.fixture(scope='module')
def told(tmp_path_factory):
    """What is told of each server, and again without one of the cells."""
    folder = tmp_path_factory.mktemp('cells')
    fleet_databases.make(folder, cells.databases())
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m',
         'tests.integration.servers.cells', str(folder)],
        cwd=fleet_databases.ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_server_of_the_second_cell(told):
    """By its name as well; a move stays in its cell, so a is not asked."""
    assert told['runs'] == told['by name'] == OWNED


def test_a_server_that_no_cell_could_take(told):
    """Host b has but two devices, whoever leaves."""
    assert told['failed'] == {
        'cell': 'cell0', 'status': 'ERROR', 'deleted': False, 'unread': [],
        'devices': [], 'warnings': [],
        'hosts': {'a': 'not now', 'b': 'not possible on this host'}}


def test_a_deleted_server_is_asked_of_the_other_cell_too(told):
    assert told['deleted'] == {
        'cell': 'cell1', 'status': 'DELETED', 'deleted': True, 'unread': [],
        'devices': [], 'warnings': [],
        'hosts': {'a': 'passes', 'b': 'not now'}}


def test_a_cell_that_is_lost_is_said(told):
    """What is read without it is told, and no host is judged."""
    runs, failed = told['runs, cell2 lost'], told['failed, cell2 lost']
    assert (runs['cell'], runs['unread'], runs['hosts']) == (
        'cell2', [LOST], {})
    assert (failed['status'], failed['unread'], failed['hosts'],
            failed['warnings']) == ('ERROR', [], {}, [LOST])
    assert told['by name, cell2 lost'] == (
        f'--server 11: no server has this name in the cells that answer, and '
        f'{LOST}; expected a UUID')
