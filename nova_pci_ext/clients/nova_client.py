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
from collections.abc import Mapping
from typing import cast
from typing import Protocol
from urllib import parse

from novaclient import base
from novaclient import exceptions
from novaclient import utils
from novaclient.v2 import shell

from nova_pci_ext.clients import boots
from nova_pci_ext.clients import nics
from nova_pci_ext.clients import ports
from nova_pci_ext.clients.deletions import Deletions
from nova_pci_ext.model.binding import VnicType

Command = Callable[['Client', argparse.Namespace], None]
Nic = dict[str, str]


class Server(Protocol):
    """A server, as the client has it."""

    id: str


class Servers(Protocol):
    """The client's servers."""

    create: Callable[..., Server]
    delete: Callable[[object], object]

    def get(self, server: str) -> Server: ...


class Session(Protocol):
    """The client's HTTP session."""

    def get_project_id(self) -> str: ...


class Client(Protocol):
    """``novaclient.client.Client``."""

    servers: Servers
    client: Session


class _Found(base.Resource):
    """A port or a security group, as Neutron returns it."""


class NeutronPorts(base.Manager):
    """Neutron's API by the session of the client."""

    resource_class = _Found

    def create_port(self, body: dict[str, object]) -> str:
        """Make a port and return its id."""
        with self._neutron():
            return str(self._create('/v2.0/ports', {'port': body}, 'port').id)

    def describe_port(self, port: str, description: str) -> None:
        """Give a port a description."""
        with self._neutron():
            self._update(f'/v2.0/ports/{port}',
                         {'port': {'description': description}}, 'port')

    def delete_port(self, port: ports.Port) -> None:
        """Delete a port unless it has changed since it was read."""
        headers = ({} if port.revision is None else
                   {'If-Match': f'revision_number={port.revision}'})
        with self._neutron(), contextlib.suppress(exceptions.NotFound):
            self.api.client.delete(f'/v2.0/ports/{port.id}', headers=headers)

    def find_ports(self, **query: str) -> list[ports.Port]:
        """Return the ports whose attributes are these."""
        found = []
        for each in self._query('ports', **query):
            port = each.to_dict()
            found.append(ports.Port(
                id=port['id'], description=port.get('description') or '',
                device=port.get('device_id') or '',
                owner=port.get('device_owner') or '',
                host=port.get('binding:host_id') or '',
                revision=port.get('revision_number')))
        return found

    def group_id(self, name: str) -> str:
        """Return the id of a security group, given name or id.

        As in Nova, a name is first one of the project's own groups.

        :raises CommandError: unless it is one
        """
        own = self.api.client.get_project_id()
        for query in ({'id': name}, {'name': name, 'project_id': own},
                      {'name': name}):
            found = self._query('security-groups', **query)
            if found:
                break
        if len(found) != 1:
            raise exceptions.CommandError(
                f'expected one security group {name!r}, found {len(found)}')
        return str(found[0].id)

    def _query(self, kind: str, **query: str) -> list[_Found]:
        with self._neutron():
            return list(self._list(f'/v2.0/{kind}?{parse.urlencode(query)}',
                                   kind.replace('-', '_')))

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
                              nics: list[Nic], **values: object) -> Server:
            groups = _groups(neutron, values.get('security_groups'))
            wishes = {place: _wish(name, place, nics[place], vnic_type, groups)
                      for place, vnic_type in types.items()}

            def create_server(made: list[str]) -> Server:
                given = dict(zip(wishes, made, strict=True))
                return create(name, *others, **values, nics=[
                    _with_port(nic, given.get(place))
                    for place, nic in enumerate(nics)])
            return boots.boot(neutron, name, wishes.values(), create_server)
        cs.servers.create = create_with_ports
        command(cs, args)
    return boot


def _groups(neutron: NeutronPorts, names: object) -> tuple[str, ...] | None:
    """Return the ids of the groups, which Nova gives its own ports only."""
    # As Nova reads them: the project's default is Neutron's to give.
    if not names or names == ['default']:
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
        deletions = Deletions(NeutronPorts(cs),
                              functools.partial(_is_gone, cs))
        send = cs.servers.delete
        cs.servers.delete = lambda server: deletions.delete(
            base.getid(server), functools.partial(send, server))
        try:
            command(cs, args)
        finally:
            # The command fails when one of its servers cannot be deleted.
            deletions.finish()
    return delete


def _is_gone(cs: Client, server: str) -> bool:
    try:
        cs.servers.get(server)
    except exceptions.NotFound:
        return True
    return False
