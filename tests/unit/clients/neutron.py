# SPDX-License-Identifier: Apache-2.0

"""Neutron's ports, kept in a dictionary."""

import dataclasses

from nova_pci_ext.clients.ports import Port
from nova_pci_ext.clients.ports import Wish
from nova_pci_ext.model.binding import VnicType


class Neutron:
    """Keeps ports, by id.

    :param errors: what each method raises for a port's id or name, by both
    """

    def __init__(self, *ports, errors=None):
        self.ports = {port.id: port for port in ports}
        self._errors = errors or {}

    def create_port(self, body):
        port = Port(id=f"id-{body['name']}", description=body['description'])
        self.ports[port.id] = port
        self._fail('create', body['name'])
        return port.id

    def describe_port(self, port, description):
        self._fail('describe', port)
        self.ports[port] = dataclasses.replace(self.ports[port],
                                               description=description)

    def delete_port(self, port):
        self._fail('delete', port.id)
        del self.ports[port.id]

    def find_ports(self, **query):
        self._fail('find', *query.values())
        name = query.get('name')
        for port in list(self.ports.values()):
            if (query.get('id') in (None, port.id)
                    and query.get('device_id') in (None, port.device)
                    and name in (None, port.id.removeprefix('id-'))):
                yield port

    def _fail(self, *call):
        error = self._errors.get(call)
        if error is not None:
            raise error


def wish(name, **values):
    return Wish(**{'name': name, 'network': 'n', 'mark': 'our mark',
                   'vnic_type': VnicType.DIRECT, **values})
