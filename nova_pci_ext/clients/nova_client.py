# SPDX-License-Identifier: Apache-2.0

"""``nova boot --nic net-id=NETWORK,vnic-type=TYPE``, as in 2014.

An extension of python-novaclient (entry point ``novaclient.extension``). The
client resolves and checks all else first; the port is made when the server is
about to be, and deleted again if Nova refuses the server.
"""

import argparse
import contextlib
import functools
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import cast
from typing import Protocol

from novaclient import base
from novaclient import exceptions
from novaclient import utils
from novaclient.v2 import shell

from nova_pci_ext.clients import nics
from nova_pci_ext.clients import ports
from nova_pci_ext.model.binding import VnicType

Command = Callable[['Client', argparse.Namespace], None]
Nic = dict[str, str]


class Server(Protocol):
    """A server, as the client has it."""

    id: str


class Servers(Protocol):
    """The client's servers."""

    create: Callable[..., object]

    def get(self, server: str) -> Server: ...


class Client(Protocol):
    """``novaclient.client.Client``."""

    servers: Servers


class _Found(base.Resource):
    """A port or a security group, as Neutron returns it."""


class NeutronPorts(base.Manager):
    """Neutron's API by the session of the client."""

    resource_class = _Found

    def create_port(self, body: dict[str, object]) -> str:
        """Make a port and return its id."""
        with self._neutron():
            return str(self._create('/v2.0/ports', {'port': body}, 'port').id)

    def delete_port(self, port: str) -> None:
        """Delete a port; one that is gone is not an error."""
        with self._neutron():
            try:
                self._delete(f'/v2.0/ports/{port}')
            except exceptions.NotFound:
                return

    def ports_of(self, server: str) -> Iterator[tuple[str, str]]:
        """Return id and description of each port of a server."""
        with self._neutron():
            found = self._list(f'/v2.0/ports?device_id={server}', 'ports')
        for port in found:
            yield port.id, port.description

    def group_id(self, name: str) -> str:
        """Return the id of a security group, given name or id.

        :raises CommandError: unless it is one
        """
        with self._neutron():
            for key in ('id', 'name'):
                found = self._list(f'/v2.0/security-groups?{key}={name}',
                                   'security_groups')
                if len(found) == 1:
                    return str(found[0].id)
        raise exceptions.CommandError(
            f'expected one security group {name}, found {len(found)}')

    def _neutron(self) -> contextlib.AbstractContextManager[None]:
        found: contextlib.AbstractContextManager[None] = (
            self.alternate_service_type('network',
                                        allowed_types=('network',)))
        return found


def __pre_parse_args__() -> None:
    utils.add_arg(
        shell.do_delete, '--delete-port', action='store_true', default=False,
        help='Also delete the ports that "nova boot --nic vnic-type" made '
             'for the server, once it is gone.')


def __post_parse_args__(args: argparse.Namespace) -> None:
    # "nova" without a command has none.
    command = vars(args).get('func')
    if command == shell.do_boot:
        try:
            split = [nics.split_type(nic) for nic in args.nics]
        except ValueError as error:
            raise exceptions.CommandError(str(error)) from error
        args.nics = [nic for nic, _ in split]
        types = {place: vnic_type for place, (_, vnic_type)
                 in enumerate(split) if vnic_type is not None}
        if types:
            args.func = _boot(shell.do_boot, types)
    elif command == shell.do_delete and args.delete_port:
        args.func = _delete(shell.do_delete)


def _boot(command: Command, types: Mapping[int, VnicType]) -> Command:
    @functools.wraps(command)
    def boot(cs: Client, args: argparse.Namespace) -> None:
        if max(args.min_count or 1, args.max_count or 1) > 1:
            raise exceptions.CommandError(
                f'expected one server with {nics.KEY}: a port is for one')
        create = cs.servers.create
        neutron = NeutronPorts(cs)

        def create_with_ports(name: str, *others: object,
                              nics: list[Nic], **values: object) -> object:
            groups = _groups(neutron, values.get('security_groups'))
            wishes = {place: _wish(name, place, nics[place], vnic_type, groups)
                      for place, vnic_type in types.items()}
            with ports.made(neutron, wishes.values()) as made:
                given = dict(zip(wishes, made, strict=True))
                return create(name, *others, **values, nics=[
                    _with_port(nic, given.get(place))
                    for place, nic in enumerate(nics)])
        cs.servers.create = create_with_ports
        command(cs, args)
    return boot


def _groups(neutron: NeutronPorts, names: object) -> tuple[str, ...] | None:
    """Return the ids of the groups, which Nova gives its own ports only."""
    if not names:
        return None
    return tuple(neutron.group_id(name) for name in cast(list[str], names))


def _wish(name: str, place: int, nic: Nic, vnic_type: VnicType,
          groups: tuple[str, ...] | None) -> ports.Wish:
    return ports.Wish(
        name=f'{name}-nic{place + 1}', network=nic['net-id'],
        vnic_type=vnic_type, groups=groups, addresses=tuple(
            nic[key] for key in ('v4-fixed-ip', 'v6-fixed-ip')
            if nic.get(key)))


def _with_port(nic: Nic, port: str | None) -> Nic:
    if port is None:
        return nic
    kept = {'tag': nic['tag']} if 'tag' in nic else {}
    return {'port-id': port, **kept}


def _delete(command: Command) -> Command:
    @functools.wraps(command)
    def delete(cs: Client, args: argparse.Namespace) -> None:
        neutron = NeutronPorts(cs)
        servers = [utils.find_resource(cs.servers, server,
                                       all_tenants=args.all_tenants).id
                   for server in args.server]
        found = {server: ports.of_server(neutron, server)
                 for server in servers}
        command(cs, args)
        for server, made in found.items():
            ports.delete_after(neutron, made,
                               functools.partial(_is_gone, cs, server))
    return delete


def _is_gone(cs: Client, server: str) -> bool:
    try:
        cs.servers.get(server)
    except exceptions.NotFound:
        return True
    return False
