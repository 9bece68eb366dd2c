# SPDX-License-Identifier: Apache-2.0

"""What the services of the cloud have written, read from their databases."""

import dataclasses
import json
from typing import Any

import pymysql

from cloud import layout
from nova_pci_ext.novaobj import drain_notes

OWNED = {'claimed', 'allocated'}
DEPENDENT = {'unavailable', 'unclaimable'}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A row of ``pci_devices``, with the host that it lies in.

    :ivar provider: Placement's name of its card, if it has the card; Nova
        writes the address in capitals there
    :ivar drained: why no server gets it, None where it is in service
    """

    host: str
    address: str
    parent: str | None
    kind: tuple[str, str, str, int | None]
    status: str
    owner: str | None
    request_id: str | None
    provider: str
    drained: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A row of ``instances``, with what it asked for."""

    uuid: str
    host: str | None
    vm_state: str
    task_state: str | None
    requests: tuple[dict[str, Any], ...]


class Records:
    """Nova's, Neutron's and Placement's databases.

    All but :meth:`end_builds_of_deleted` only read.
    """

    def __init__(self, place: layout.Layout) -> None:
        self._place = place

    def query(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of one statement."""
        connection = pymysql.connect(
            host=layout.ADDRESS, port=self._place.port('mariadb'),
            user='cloud', password=layout.PASSWORD,
            autocommit=True,
            cursorclass=pymysql.cursors.DictCursor)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def devices(self) -> list[Device]:
        """Return all devices of all hosts, sorted by host and address."""
        return [_device(row) for row in self.query(
            'SELECT node.host, device.* FROM nova.pci_devices device '
            'JOIN nova.compute_nodes node ON node.id = device.compute_node_id '
            'WHERE device.deleted = 0 AND node.deleted = 0 '
            'ORDER BY node.host, device.address')]

    def pools(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the tracker of each host has published."""
        return {row['host']: _plain(json.loads(row['pci_stats']))
                for row in self.query(
                    'SELECT host, pci_stats FROM nova.compute_nodes '
                    'WHERE deleted = 0')}

    def servers(self) -> list[Server]:
        """Return all servers that are not deleted."""
        return [_server(row) for row in self.query(
            'SELECT instances.uuid, host, vm_state, task_state, pci_requests '
            'FROM nova.instances JOIN nova.instance_extra extra '
            'ON extra.instance_uuid = instances.uuid '
            'WHERE instances.deleted = 0')]

    def end_builds_of_deleted(self) -> None:
        """Delete the build requests of deleted servers.

        A conductor that is killed after it has written a failed build into
        cell0, and before it has deleted the request, leaves one that nothing
        in Nova deletes: the API lists the server as one in BUILD, and
        answers 404 when it is asked for it.
        """
        for cell in ('nova', 'nova_cell0'):
            self.query(
                'DELETE FROM nova_api.build_requests WHERE instance_uuid IN '
                f'(SELECT uuid FROM {cell}.instances WHERE deleted != 0)')

    def ports(self) -> list[dict[str, Any]]:
        """Return each port's id, device and binding profile."""
        rows = self.query(
            'SELECT ports.id, device_id, profile, vif_type, binding.host '
            'FROM neutron.ports JOIN neutron.ml2_port_bindings binding '
            "ON binding.port_id = ports.id AND binding.status = 'ACTIVE'")
        return [{**row, 'profile': json.loads(row['profile'] or '{}')}
                for row in rows]

    def allocations(self) -> list[dict[str, Any]]:
        """Return Placement's rows: consumer, provider, class, amount."""
        return self.query(
            'SELECT consumer_id AS consumer, provider.uuid AS provider, '
            'provider.name, class.name AS resource_class, used '
            'FROM placement.allocations '
            'JOIN placement.resource_providers provider '
            'ON provider.id = resource_provider_id '
            'JOIN placement.resource_classes class '
            'ON class.id = resource_class_id')

    def providers(self) -> set[str]:
        """Return the names of Placement's resource providers."""
        return {row['name'] for row in self.query(
            'SELECT name FROM placement.resource_providers')}

    def migrations(self) -> dict[str, set[str]]:
        """Return the hosts of each server that is between two hosts.

        Migrations are consumers of Placement too, under their own id.
        """
        found: dict[str, set[str]] = {}
        for row in self.query(
                'SELECT uuid, instance_uuid, source_compute, dest_compute '
                'FROM nova.migrations WHERE deleted = 0 AND status NOT IN '
                "('confirmed', 'reverted', 'error', 'failed', 'completed', "
                "'cancelled', 'done')"):
            hosts = {row['source_compute'], row['dest_compute']} - {None}
            found.setdefault(row['instance_uuid'], set()).update(hosts)
            found[row['uuid']] = hosts
        return found


def _device(row: dict[str, Any]) -> Device:
    return Device(
        host=row['host'], address=row['address'], parent=row['parent_addr'],
        kind=(row['vendor_id'], row['product_id'], row['dev_type'],
              row['numa_node']),
        status=row['status'], owner=row['instance_uuid'],
        request_id=row['request_id'], provider='_'.join(
            (row['host'], (row['parent_addr'] or row['address']).upper())),
        drained=drain_notes.reason(json.loads(row['extra_info'] or '{}')))


def _server(row: dict[str, Any]) -> Server:
    return Server(
        uuid=row['uuid'], host=row['host'], vm_state=row['vm_state'],
        task_state=row['task_state'],
        requests=tuple(json.loads(row['pci_requests'] or '[]')))


def _plain(written: dict[str, Any]) -> list[dict[str, Any]]:
    """Take the pools out of Nova's serialised objects."""
    return [each['nova_object.data']
            for each in written['nova_object.data']['objects']]
