# SPDX-License-Identifier: Apache-2.0

"""``openstack server create --nic net-id=NETWORK,vnic-type=TYPE``.

Hooks of cliff for two commands (entry points ``openstack.cli.server_create``
and ``openstack.cli.server_delete``). They do for python-openstackclient what
``nova_client`` does for python-novaclient.
"""

import argparse
import functools
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import MutableMapping
from typing import cast
from typing import Protocol

from cliff import hooks
from osc_lib import exceptions

from nova_pci_ext.clients import nics
from nova_pci_ext.clients import ports
from nova_pci_ext.model.binding import VnicType

Network = dict[str, str]


class Found(Protocol):
    """A resource of openstacksdk."""

    id: str
    description: str


class Proxy(Protocol):
    """openstacksdk's networks or servers."""

    create_server: Callable[..., object]

    def create_port(self, **values: object) -> Found: ...

    def delete_port(self, port: str) -> object: ...

    def ports(self, **query: str) -> Iterator[Found]: ...

    def find_server(self, name_or_id: str, *, ignore_missing: bool,
                    all_projects: bool = False) -> Found | None: ...


class NeutronPorts:
    """Neutron's API by the connection of the client.

    :param network: openstacksdk's
    """

    def __init__(self, network: Proxy) -> None:
        self._network = network

    def create_port(self, body: dict[str, object]) -> str:
        """Make a port and return its id."""
        values = {name.replace(':', '_'): value
                  for name, value in body.items()}
        if 'security_groups' in values:
            values['security_group_ids'] = values.pop('security_groups')
        return self._network.create_port(**values).id

    def delete_port(self, port: str) -> None:
        """Delete a port; one that is gone is not an error."""
        self._network.delete_port(port)

    def ports_of(self, server: str) -> Iterator[tuple[str, str]]:
        """Return id and description of each port of a server."""
        for port in self._network.ports(device_id=server):
            yield port.id, port.description


class _Hook(hooks.CommandHook):
    """What both hooks have in common."""

    def get_epilog(self) -> str | None:
        """Add nothing."""
        return None

    def get_parser(self, parser: argparse.ArgumentParser,
                   ) -> argparse.ArgumentParser:
        """Return the parser."""
        return parser

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Return the arguments."""
        return parsed_args

    def after(self, parsed_args: argparse.Namespace, return_code: int) -> int:
        """Return the command's answer."""
        return return_code

    @property
    def _compute(self) -> Proxy:
        return cast(Proxy, self.cmd.app.client_manager.compute)

    @property
    def _neutron(self) -> NeutronPorts:
        return NeutronPorts(self.cmd.app.client_manager.network)


class ServerCreate(_Hook):
    """Takes ``vnic-type`` and gives the server a port of that type."""

    def __init__(self, command: object) -> None:
        super().__init__(command)
        self._types: dict[int, VnicType] = {}
        self._read = 0

    def get_parser(self, parser: argparse.ArgumentParser,
                   ) -> argparse.ArgumentParser:
        """Let the option ``--nic`` take one key more.

        The command adds its options after its hooks have run, so that is
        done just before they are parsed.
        """
        parse = parser.parse_args

        def parse_args(*words: object) -> argparse.Namespace:
            self._teach(parser)
            found: argparse.Namespace = parse(*words)  # type: ignore[call-overload]
            return found
        parser.parse_args = parse_args  # type: ignore[method-assign,assignment]
        return parser

    def _teach(self, parser: argparse.ArgumentParser) -> None:
        """Read ``--nic``; count its like, which go into the same list."""
        # argparse has no public way to an option that is there.
        for action in parser._actions:
            if action.dest == 'nics' and action.nargs is None:
                action.type = (self._split if '--nic' in action.option_strings
                               else self._count)

    def _count(self, value: str) -> str:
        self._read += 1
        return value

    def _split(self, value: str) -> str:
        try:
            rest, vnic_type = nics.split_type(value)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        if vnic_type is not None:
            self._types[self._read] = vnic_type
        return self._count(rest)

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Have the ports made when the client asks for the server."""
        compute = self._compute
        # The client keeps this object for the next command of its prompt.
        vars(compute).pop('create_server', None)
        if self._types:
            if max(parsed_args.min, parsed_args.max) > 1:
                raise exceptions.CommandError(
                    f'expected one server with {nics.KEY}: a port is for one')
            compute.create_server = functools.partial(
                self._create, compute.create_server)
        return parsed_args

    def _create(self, create: Callable[..., object], *, name: str,
                networks: list[Network], **values: object) -> object:
        groups = values.get('security_groups')
        wishes = {place: _wish(name, place, networks[place], vnic_type, groups)
                  for place, vnic_type in self._types.items()}
        with ports.made(self._neutron, wishes.values()) as made:
            given = dict(zip(wishes, made, strict=True))
            return create(name=name, **values, networks=[
                _with_port(network, given.get(place))
                for place, network in enumerate(networks)])


def _wish(name: str, place: int, network: Mapping[str, str],
          vnic_type: VnicType, groups: object) -> ports.Wish:
    chosen = cast('list[MutableMapping[str, str]] | None', groups)
    return ports.Wish(
        name=f'{name}-nic{place + 1}', network=network['uuid'],
        vnic_type=vnic_type,
        addresses=tuple(network[key] for key in ('fixed_ip',)
                        if key in network),
        groups=None if chosen is None else tuple(
            group['name'] for group in chosen))


def _with_port(network: Network, port: str | None) -> Network:
    if port is None:
        return network
    kept = {'tag': network['tag']} if 'tag' in network else {}
    return {'port': port, **kept}


class ServerDelete(_Hook):
    """Adds ``--delete-port``."""

    def __init__(self, command: object) -> None:
        super().__init__(command)
        self._ports: dict[str, list[str]] = {}

    def get_parser(self, parser: argparse.ArgumentParser,
                   ) -> argparse.ArgumentParser:
        """Add the option."""
        parser.add_argument(
            '--delete-port', action='store_true',
            help='Also delete the ports that "server create --nic vnic-type" '
                 'made for the server, once it is gone.')
        return parser

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Remember the ports, which no longer name their server later."""
        if parsed_args.delete_port:
            for name in parsed_args.server:
                server = self._compute.find_server(
                    name, ignore_missing=True,
                    all_projects=parsed_args.all_projects)
                if server is not None:
                    self._ports[server.id] = ports.of_server(
                        self._neutron, server.id)
        return parsed_args

    def after(self, parsed_args: argparse.Namespace, return_code: int) -> int:
        """Delete them when their server is gone."""
        for server, made in self._ports.items():
            ports.delete_after(self._neutron, made,
                               functools.partial(self._is_gone, server))
        return return_code

    def _is_gone(self, server: str) -> bool:
        return self._compute.find_server(server, ignore_missing=True) is None
