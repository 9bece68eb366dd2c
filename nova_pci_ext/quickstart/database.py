# SPDX-License-Identifier: Apache-2.0

"""Nova's databases as SQLite files: API, cell0 and one cell."""

import collections
import contextlib
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

from nova import context as nova_context
from nova import objects
from nova.db import migration
from nova.db.main import api as main_db
from nova.objects import host_mapping
from oslo_db.sqlalchemy import enginefacade

TRANSPORT = 'fake://'
# Seconds that a connection waits for another one's write to end.
BUSY_TIMEOUT_S = 60
_CELL_UUID = '6f1a8e0c-2f5e-4a73-9d0e-0f7f6b3c1a51'


def connection(folder: pathlib.Path, name: str) -> str:
    """Return the URL of one database."""
    return f'sqlite:///{folder / name}.sqlite?timeout={BUSY_TIMEOUT_S}'


def create_databases(folder: pathlib.Path) -> None:
    """Make the schemas and map the cells, as nova-manage does.

    The configuration names the API database and the cell; cell0 is a
    database of its own, as in every deployment.
    """
    migration.db_sync(database='api')
    migration.db_sync(database='main')
    admin = nova_context.get_admin_context()
    cell0 = connection(folder, 'cell0')
    in_cell0 = nova_context.get_admin_context()
    in_cell0.db_connection = main_db.create_context_manager(cell0)
    migration.db_sync(database='main', context=in_cell0)
    for uuid, name, url in (
            (objects.CellMapping.CELL0_UUID, 'cell0', cell0),
            (_CELL_UUID, 'cell1', connection(folder, 'cell1'))):
        objects.CellMapping(
            admin, uuid=uuid, name=name, transport_url=TRANSPORT,
            database_connection=url).create()


def map_hosts() -> None:
    """Tell the API which cell the computes are in (discover_hosts)."""
    host_mapping.discover_hosts(nova_context.get_admin_context())


@contextlib.contextmanager
def one_writer() -> Iterator[None]:
    """Let one transaction at a time write to each database.

    A deferred SQLite transaction that read first cannot become a writer
    once another connection has written: it fails at once, whatever the
    timeout.  Nova's services retry that on MariaDB, not here, so writers
    queue before they begin.
    """
    manager = enginefacade._TransactionContextManager
    original = manager._transaction_scope
    locks: dict[str, threading.RLock] = collections.defaultdict(
        threading.RLock)
    guard = threading.Lock()

    @contextlib.contextmanager
    def queued(self: Any, context: Any) -> Iterator[Any]:
        if self._mode is not enginefacade._WRITER:
            with original(self, context) as resource:
                yield resource
            return
        with guard:
            lock = locks[str(self.writer.get_engine().url)]
        with lock, original(self, context) as resource:
            yield resource

    manager._transaction_scope = queued
    try:
        yield
    finally:
        manager._transaction_scope = original
