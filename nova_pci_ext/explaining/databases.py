# SPDX-License-Identifier: Apache-2.0

"""Nova's databases, for a person who waits: reached soon, or said why not.

A service tries for ever, and the driver of a database waits long for a host
that does not answer. Neither is of use to whoever runs a command.
"""

import concurrent.futures
import functools
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import TypeVar

import nova.conf
import oslo_messaging
import sqlalchemy.exc
from nova import context as nova_context
from nova import objects
from oslo_db import exception as db_exception

from nova_pci_ext import exceptions
from nova_pci_ext.novaobj.protocols import CellMapping

_T = TypeVar('_T')

#: Seconds until all databases have answered, or one has not.
PATIENCE_S = 8
#: Seconds for each answer of Placement, Keystone or Neutron.
SERVICE_PATIENCE_S = 5
API, MAIN = '[api_database] connection', '[database] connection'

# The text of an error can hold the password of the connection.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (db_exception.DBConnectionError, 'no connection to the database'),
    (db_exception.CantStartEngineError, 'no database is named'),
    (db_exception.DBNonExistentTable, 'not a database of Nova, or of another '
                                      'release'),
    (db_exception.DBNonExistentDatabase, 'the server does not have this '
                                         'database'),
    (sqlalchemy.exc.NoSuchModuleError, 'unknown kind of database'),
    (sqlalchemy.exc.ArgumentError, 'expected the URL of a database'),
    (oslo_messaging.MessagingException, 'the transport_url of the cell cannot '
                                        'be used'),
    (ImportError, 'the Python package for this kind of database is not '
                  'installed'),
)


def be_impatient() -> None:
    """Let Nova try each connection once, and wait a little for services.

    To be called when the options are read, and before they are used.
    """
    conf = nova.conf.CONF
    for group in ('database', 'api_database'):
        conf.set_override('max_retries', 0, group=group)
    for group in ('placement', 'neutron'):
        conf.set_override('timeout', SERVICE_PATIENCE_S, group=group)


def check_cells(*, disabled: bool = False) -> None:
    """Ask the API database and that of each cell a small question.

    :param disabled: whether to ask the cells too that get no new servers
    :raises DiscoveryError: for the first that has no answer in time
    """
    until = time.monotonic() + PATIENCE_S
    admin = nova_context.get_admin_context()
    cells = _start(lambda: objects.CellMappingList.get_all(admin))
    asked = _start_cells([
        cell for cell in _answer(API, cells, until)
        if not cell.is_cell0() and (disabled or not cell.disabled)])
    for cell, answer in asked:
        _answer(name_of(cell), answer, until)


def unreachable(cells: Iterable[CellMapping],
                ) -> dict[str, exceptions.DiscoveryError]:
    """Ask the database of each cell a small question, all at once.

    :returns: by its UUID why a cell has no answer in time
    """
    until = time.monotonic() + PATIENCE_S
    found = {}
    for cell, answer in _start_cells(cells):
        try:
            _answer(name_of(cell), answer, until)
        except exceptions.DiscoveryError as exc:
            found[cell.uuid] = exc
    return found


def name_of(cell: CellMapping) -> str:
    """Name the database of a cell for people."""
    return f'database of cell {cell.name or cell.uuid}'


def _start_cells(cells: Iterable[CellMapping]) -> list[
        tuple[CellMapping, concurrent.futures.Future[int]]]:
    return [(cell, _start(functools.partial(_ask_cell, cell)))
            for cell in cells]


def ask(name: str, question: Callable[[], _T]) -> _T:
    """Ask one database.

    :param name: of the database, for people
    :raises DiscoveryError: if there is no answer in time
    """
    return _answer(name, _start(question), time.monotonic() + PATIENCE_S)


def _ask_cell(cell: CellMapping) -> int:
    with nova_context.target_cell(
            nova_context.get_admin_context(), cell) as context:
        version: int = objects.Service.get_minimum_version(
            context, 'nova-compute')
        return version


def _start(question: Callable[[], _T]) -> concurrent.futures.Future[_T]:
    """Ask in a thread that nobody waits for at the end of the process."""
    future: concurrent.futures.Future[_T] = concurrent.futures.Future()

    def answer() -> None:
        try:
            future.set_result(question())
        except Exception as exc:
            future.set_exception(exc)

    threading.Thread(target=answer, daemon=True).start()
    return future


def _answer(name: str, future: concurrent.futures.Future[_T],
            until: float) -> _T:
    try:
        return future.result(max(0, until - time.monotonic()))
    except concurrent.futures.TimeoutError as exc:
        raise exceptions.DiscoveryError(
            name, f'no answer from the database in {PATIENCE_S} s') from exc
    except (db_exception.DBError, db_exception.CantStartEngineError,
            sqlalchemy.exc.SQLAlchemyError, ImportError,
            oslo_messaging.MessagingException) as exc:
        words = next((words for kind, words in _WORDS
                      if isinstance(exc, kind)), 'the database cannot be read')
        raise exceptions.DiscoveryError(
            name, f'{words} ({type(exc).__name__})') from exc
