# SPDX-License-Identifier: Apache-2.0

"""Ports that a client makes for a server, and takes back.

Nova deletes the ports that it made with their server. A port that is given
to it stays, and these are given to it. The description of each says for which
server it was made.
"""

import dataclasses
import shlex
import sys
import uuid
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Protocol

from nova_pci_ext.clients import refusals
from nova_pci_ext.model.binding import VnicType
from nova_pci_ext.model.printable import printable

#: A port can change between reading and deleting it; agents do that too.
ATTEMPTS = 5


def mark_of(server: str) -> str:
    """Return the description of a port that was made for a server."""
    return f'Made for server {server} by nova-pci-ext'


def new_mark() -> str:
    """Return a description that no other port has.

    Nova names a server when it has its ports, so a port begins with this one.
    """
    return f'Made for a server by nova-pci-ext, request {uuid.uuid4()}'


def is_mark(description: str) -> bool:
    """Whether a description is one of ours, of whatever server."""
    return (description.startswith('Made for ')
            and 'by nova-pci-ext' in description)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port as Neutron has it.

    :ivar device: what has the port, a server's id for one; empty for nothing
    :ivar owner: what kind of thing that is, such as ``compute:nova``
    :ivar host: to which the port is bound; empty also for users who may not
        see it
    :ivar revision: grows with each change, None where Neutron does not count
    """

    id: str
    description: str = ''
    device: str = ''
    owner: str = ''
    host: str = ''
    revision: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A port to make.

    :ivar addresses: fixed IP addresses, none for any
    :ivar groups: ids of security groups, None for the project's default
    :ivar mark: description by which the port is found again
    """

    name: str
    network: str
    vnic_type: VnicType
    addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    mark: str = dataclasses.field(default_factory=new_mark)

    @property
    def body(self) -> dict[str, object]:
        """The port as Neutron's API takes it."""
        port: dict[str, object] = {
            'name': self.name, 'network_id': self.network,
            'binding:vnic_type': str(self.vnic_type),
            'description': self.mark}
        if self.addresses:
            port['fixed_ips'] = [{'ip_address': address}
                                 for address in self.addresses]
        if self.groups is not None:
            port['security_groups'] = list(self.groups)
        return port


class Neutron(Protocol):
    """Neutron's ports, as a client reaches them."""

    def create_port(self, body: dict[str, object]) -> str:
        """Make a port and return its id."""

    def describe_port(self, port: str, description: str) -> None:
        """Give a port a description."""

    def delete_port(self, port: Port) -> None:
        """Delete a port unless it has changed since it was read.

        One that is gone is not an error.
        """

    def find_ports(self, **query: str) -> Iterable[Port]:
        """Return the ports whose attributes are these."""


def take_back(neutron: Neutron, made: Mapping[str, str],
              server: str = '') -> None:
    """Delete ports that nothing else has, and name those that stay.

    :param made: the description that each port was made with, by id
    :param server: which has or had them, empty for none
    """
    rest = dict(made)
    try:
        for port, mark in made.items():
            try:
                reason, advice = _delete(neutron, port, mark, server), ''
            except Exception as error:
                reason, advice = str(error), f'try: {delete_command([port])}'
            del rest[port]
            if reason is not None:
                left([port], reason, advice)
    finally:
        # Only an interrupt by the user leaves any.
        left(rest, 'interrupted', f'try: {delete_command(rest)}')


def left(ports: Collection[str], reason: str, advice: str = '') -> None:
    """Say which ports were not deleted, why, and what to do."""
    if ports:
        say(f"Port {', '.join(ports)} was not deleted: "
            f"{reason.rstrip('.')}{advice and '; ' + advice}")


def say(sentences: str) -> None:
    """Tell the user, apart from what the command prints."""
    # What Neutron answered may be in them.
    print(printable(sentences), file=sys.stderr)


def delete_command(ports: Iterable[str]) -> str:
    """Return the command that deletes ports."""
    return shlex.join(['openstack', 'port', 'delete', *ports])


def _delete(neutron: Neutron, port: str, mark: str, server: str,
            attempts: int = ATTEMPTS) -> str | None:
    """Delete a port, or return why it has to stay."""
    for found in neutron.find_ports(id=port):
        reason = _other(found, mark, server)
        if reason is not None:
            return reason
        try:
            neutron.delete_port(found)
        except Exception as error:
            if refusals.status_of(error) != refusals.CHANGED or attempts < 2:
                raise
            return _delete(neutron, port, mark, server, attempts - 1)
    return None


def _other(port: Port, mark: str, server: str) -> str | None:
    """Return what a port is by now, None if it is what we made."""
    if port.device not in ('', server):
        return f"{port.owner or 'device'} {port.device!r} has it"
    if port.description != mark:
        return f'its description is {port.description!r}, not {mark!r}'
    if not port.device and (port.owner or port.host):
        return f"{port.owner or f'host {port.host!r}'} has it"
    return None
