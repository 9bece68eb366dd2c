# SPDX-License-Identifier: Apache-2.0

"""A server with ports that are made for it."""

import shlex
from collections.abc import Callable
from collections.abc import Collection
from typing import Protocol
from typing import TypeVar

from nova_pci_ext.clients import ports
from nova_pci_ext.clients import refusals
from nova_pci_ext.clients.ports import Neutron
from nova_pci_ext.clients.ports import Wish


class Server(Protocol):
    """A server as the client has it."""

    id: str


_Server = TypeVar('_Server', bound=Server)


def boot(neutron: Neutron, name: str, wishes: Collection[Wish],
         create: Callable[[list[str]], _Server]) -> _Server:
    """Make ports, and the server that gets them.

    If Nova refuses the server, they are deleted again. Otherwise they say
    for which server they were made.

    :param name: the server's
    :param create: asks Nova for the server with these ports, which are in
        the order of the wishes
    :returns: the server
    """
    made = _make(neutron, wishes)
    try:
        server = create(list(made))
        identity = server.id
    except BaseException as error:
        if refusals.is_refusal(error):
            ports.take_back(neutron, made)
        else:
            _leave(made, name)
        raise
    if identity:
        _name(neutron, made, identity)
    else:
        _leave(made, name)
    return server


def _make(neutron: Neutron, wishes: Collection[Wish]) -> dict[str, str]:
    """Make ports, all or none; return their ids with their marks."""
    made: dict[str, str] = {}
    for wish in wishes:
        try:
            made[neutron.create_port(wish.body)] = wish.mark
        except BaseException as error:
            if not refusals.is_refusal(error):
                made.update(_find(neutron, wish))
            ports.take_back(neutron, made)
            raise
    return made


def _find(neutron: Neutron, wish: Wish) -> dict[str, str]:
    """Return the port that Neutron may have made without saying so."""
    try:
        found = {port.id: wish.mark
                 for port in neutron.find_ports(name=wish.name)
                 if port.description == wish.mark}
    except Exception:
        found = {}
    if not found:
        command = ['openstack', 'port', 'list', '--long', '--name', wish.name]
        ports.say(f'Neutron may have made port {wish.name!r} with '
                  f'description {wish.mark!r}; to see it: '
                  f'{shlex.join(command)}')
    return found


def _leave(made: Collection[str], name: str) -> None:
    seen = shlex.join(['openstack', 'server', 'list', '--name', name])
    ports.left(made, f'Nova may have server {name!r}',
               f'if "{seen}" does not show it: {ports.delete_command(made)}')


def _name(neutron: Neutron, made: Collection[str], server: str) -> None:
    """Write into each port for which server it was made."""
    rest = dict.fromkeys(made, 'interrupted')
    try:
        for port in made:
            try:
                neutron.describe_port(port, ports.mark_of(server))
                del rest[port]
            except Exception as error:
                rest[port] = str(error)
    finally:
        for port, reason in rest.items():
            ports.say(f'Port {port} does not say that it was made for server '
                      f'{server!r}, so --delete-port will not delete it: '
                      f'{reason}')
