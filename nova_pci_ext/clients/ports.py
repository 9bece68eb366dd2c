# SPDX-License-Identifier: Apache-2.0

"""Ports that a client makes for a server, and takes back.

Nova deletes the ports that it made with their server. A port that is given
to it stays, and these are given to it.
"""

import dataclasses
import sys
import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from keystoneauth1 import exceptions as keystoneauth

from nova_pci_ext.model.binding import VnicType
from nova_pci_ext.model.printable import printable

#: Marks a port as made here; ``--delete-port`` deletes no other.
MADE = 'Made for a server by nova-pci-ext'
GONE_TIMEOUT_S = 120


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A port to make.

    :ivar addresses: fixed IP addresses, none for any
    :ivar groups: ids of security groups, None for the project's default
    """

    name: str
    network: str
    vnic_type: VnicType
    addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None

    @property
    def body(self) -> dict[str, object]:
        """The port as Neutron's API takes it."""
        port: dict[str, object] = {
            'name': self.name, 'network_id': self.network,
            'binding:vnic_type': str(self.vnic_type), 'description': MADE}
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

    def delete_port(self, port: str) -> None:
        """Delete a port; one that is gone is not an error."""

    def ports_of(self, server: str) -> Iterable[tuple[str, str]]:
        """Return id and description of each port of a server."""


@contextmanager
def made(neutron: Neutron, wishes: Collection[Wish]) -> Iterator[list[str]]:
    """Make ports for the server that the block asks Nova for.

    They are deleted again if Nova refuses it.

    :returns: their ids, in the order of the wishes
    """
    ports: list[str] = []
    try:
        for wish in wishes:
            ports.append(neutron.create_port(wish.body))
    except BaseException:
        _delete(neutron, ports)
        raise
    try:
        yield ports
    except BaseException as error:
        if is_refusal(error):
            _delete(neutron, ports)
        else:
            _left(ports, 'Nova may have the server')
        raise


def is_refusal(error: BaseException) -> bool:
    """Whether an error leaves no doubt that there is no server.

    A port that a server has already must not be taken away.
    """
    # The one client's errors have a code, the other's a status_code.
    status = getattr(error, 'code', getattr(error, 'status_code', None))
    if isinstance(status, int):
        return status < 500
    return not isinstance(
        error, keystoneauth.ConnectionError | KeyboardInterrupt)


def of_server(neutron: Neutron, server: str) -> list[str]:
    """Return the ports of a server that were made here."""
    return [port for port, description in neutron.ports_of(server)
            if description == MADE]


def delete_after(neutron: Neutron, ports: Collection[str],
                 is_gone: Callable[[], bool],
                 timeout_s: float = GONE_TIMEOUT_S) -> None:
    """Delete the ports of a server that is being deleted.

    Nova still reads and unbinds them until the server is gone.
    """
    end = time.monotonic() + timeout_s
    while ports and not is_gone():
        if time.monotonic() > end:
            _left(ports, f'the server is not gone after {timeout_s:.0f} s')
            return
        time.sleep(1)
    _delete(neutron, ports)


def _delete(neutron: Neutron, ports: Iterable[str]) -> None:
    """Delete each, and name those that stay."""
    for port in ports:
        try:
            neutron.delete_port(port)
        except Exception as error:
            _left([port], str(error))


def _left(ports: Collection[str], reason: str) -> None:
    # The reason can be what Neutron answered.
    print(printable(f"Port {', '.join(ports)} was not deleted: {reason}"),
          file=sys.stderr)
