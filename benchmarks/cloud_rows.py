# SPDX-License-Identifier: Apache-2.0

"""Compute nodes that only the databases of a cloud know."""

import uuid
from typing import Any

import pymysql

from cloud import layout

PREFIX = 'row-'


def make(place: layout.Layout, count: int, like: str) -> None:
    """Make compute nodes with the pools and the inventory of another.

    :param count: how many there are afterwards
    :param like: the host that they are copies of
    """
    connection = pymysql.connect(
        host=layout.ADDRESS, port=place.port('mariadb'), user='cloud',
        password=layout.PASSWORD, cursorclass=pymysql.cursors.DictCursor)
    with connection, connection.cursor() as cursor:
        have = _first(cursor, 'SELECT COUNT(*) AS found FROM '
                      'nova.compute_nodes WHERE host LIKE %s', f'{PREFIX}%')
        pattern = _Pattern(cursor, like)
        for number in range(have['found'], count):
            pattern.copy(cursor, f'{PREFIX}{number}')
        connection.commit()


def release(place: layout.Layout) -> None:
    """Delete the allocations of all consumers; no server is running."""
    connection = pymysql.connect(
        host=layout.ADDRESS, port=place.port('mariadb'), user='cloud',
        password=layout.PASSWORD)
    with connection, connection.cursor() as cursor:
        cursor.execute('DELETE FROM placement.allocations')
        cursor.execute('DELETE FROM placement.consumers')
        connection.commit()


class _Pattern:
    """The rows of one host in three databases."""

    def __init__(self, cursor: Any, host: str) -> None:
        self._node = _first(
            cursor, 'SELECT * FROM nova.compute_nodes WHERE deleted = 0 '
            'AND host = %s', host)
        self._service = _first(
            cursor, 'SELECT * FROM nova.services WHERE deleted = 0 '
            'AND host = %s', host)
        self._mapping = _first(
            cursor, 'SELECT * FROM nova_api.host_mappings WHERE host = %s',
            host)
        self._provider = _first(
            cursor, 'SELECT * FROM placement.resource_providers '
            'WHERE uuid = %s', self._node['uuid'])
        self._of_provider = {
            table: _rows(cursor, f'SELECT * FROM placement.{table} '
                         'WHERE resource_provider_id = %s',
                         self._provider['id'])
            for table in ('inventories', 'resource_provider_traits')}

    def copy(self, cursor: Any, host: str) -> None:
        """Write them again for another host."""
        node = str(uuid.uuid4())
        _insert(cursor, 'nova.compute_nodes', self._node, host=host,
                hypervisor_hostname=host, uuid=node)
        _insert(cursor, 'nova.services', self._service, host=host,
                uuid=str(uuid.uuid4()))
        _insert(cursor, 'nova_api.host_mappings', self._mapping, host=host)
        provider = _insert(
            cursor, 'placement.resource_providers', self._provider,
            uuid=node, name=host, root_provider_id=None)
        cursor.execute('UPDATE placement.resource_providers '
                       'SET root_provider_id = id WHERE id = %s', provider)
        for table, rows in self._of_provider.items():
            for row in rows:
                _insert(cursor, f'placement.{table}', row,
                        resource_provider_id=provider)


def _rows(cursor: Any, statement: str, *values: Any) -> list[dict[str, Any]]:
    cursor.execute(statement, values)
    return list(cursor.fetchall())


def _first(cursor: Any, statement: str, *values: Any) -> dict[str, Any]:
    return _rows(cursor, statement, *values)[0]


def _insert(cursor: Any, table: str, row: dict[str, Any],
            **changed: Any) -> int:
    """Insert a row like another, and return its number."""
    wanted = {**row, **changed}
    wanted.pop('id', None)
    names = ', '.join(f'`{name}`' for name in wanted)
    cursor.execute(
        f'INSERT INTO {table} ({names}) VALUES '
        f'({", ".join(["%s"] * len(wanted))})', tuple(wanted.values()))
    return int(cursor.lastrowid)
