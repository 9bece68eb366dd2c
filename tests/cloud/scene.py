# SPDX-License-Identifier: Apache-2.0

"""Servers and ports of one test, and their end."""

import itertools
from collections.abc import Iterable
from typing import Any

from cloud import catalog
from cloud import rest

HOST = 'OS-EXT-SRV-ATTR:host'
NETWORK = {'physnet1': 'net1', 'physnet2': 'net2'}


class Scene:
    """What a test does in the cloud, as the administrator.

    :param patience_s: how long a boot or a deletion may take
    :ivar calls: the services
    :ivar image: of all servers
    """

    def __init__(self, calls: rest.Rest, patience_s: float = 120) -> None:
        self.calls = calls
        self._patience_s = patience_s
        self._numbers = itertools.count()
        self._flavors: dict[tuple[str | None, str], str] = {}
        self.image = catalog.image_id(calls)
        self._networks = {
            physnet: catalog.network_id(calls, name)
            for physnet, name in NETWORK.items()}
        self._known = {
            each['name']: each['id'] for each in calls.compute(
                'GET', '/flavors')['flavors']}

    def flavor(self, alias: str | None = None, **extra_specs: str) -> str:
        """Return a flavor with this alias; dots are written ``__``."""
        specs = {key.replace('__', ':'): value
                 for key, value in extra_specs.items()}
        if alias is not None:
            specs['pci_passthrough:alias'] = alias
        name = '+'.join(f'{key}={value}' for key, value in sorted(
            specs.items())).replace(':', '.') or 'plain'
        if name not in self._known:
            self._known[name] = catalog.make_flavor(self.calls, name, specs)
        return self._known[name]

    def port(self, physnet: str, vnic_type: str = 'direct',
             **more: Any) -> str:
        """Make a port and return its id."""
        made = self.calls.network('POST', '/ports', {'port': {
            'network_id': self._networks[physnet],
            'binding:vnic_type': vnic_type, **more}})
        return str(made['port']['id'])

    def start_boot(self, flavor: str, ports: Iterable[str] = (),
                   **more: Any) -> str:
        """Ask for a server and return its id."""
        networks = [{'port': port} for port in ports] or 'none'
        made = self.calls.compute('POST', '/servers', {'server': {
            'name': f'server-{next(self._numbers)}', 'flavorRef': flavor,
            'imageRef': self.image, 'networks': networks, **more}})
        return str(made['server']['id'])

    def boot(self, flavor: str, ports: Iterable[str] = (),
             **more: Any) -> dict[str, Any]:
        """Boot a server and return it when it runs or has failed."""
        return self.wait(self.start_boot(flavor, ports, **more),
                         'ACTIVE', 'ERROR')

    def server(self, server_id: str) -> dict[str, Any]:
        """Return what Nova's API says of a server."""
        found: dict[str, Any] = self.calls.compute(
            'GET', f'/servers/{server_id}')['server']
        return found

    def wait(self, server_id: str, *states: str,
             timeout_s: float | None = None) -> dict[str, Any]:
        """Return a server when it has one of the states, and no task."""
        def settled() -> dict[str, Any] | None:
            found = self.server(server_id)
            # A failed build keeps the task at which it failed for a moment.
            at_rest = found['OS-EXT-STS:task_state'] is None
            return found if found['status'] in states and at_rest else None
        return rest.wait_until(f'{server_id} {" or ".join(states)}', settled,
                               timeout_s or self._patience_s)

    def act(self, server_id: str, action: str, argument: Any = None) -> None:
        """Let Nova do something with a server."""
        self.calls.compute('POST', f'/servers/{server_id}/action',
                           {action: argument})

    def delete(self, server_ids: Iterable[str]) -> None:
        """Delete servers and wait until they are gone."""
        wanted = set(server_ids)
        for server_id in wanted:
            try:
                self.calls.compute('DELETE', f'/servers/{server_id}')
            except rest.RestError as exc:
                if exc.status != 404:
                    raise
        rest.wait_until('deletion', lambda: not wanted & set(self.servers()),
                        self._patience_s)

    def details(self) -> list[dict[str, Any]]:
        """Return what Nova's API says of all servers."""
        found: list[dict[str, Any]] = self.calls.compute(
            'GET', '/servers/detail?all_tenants=1')['servers']
        return found

    def servers(self) -> list[str]:
        """Return the ids of all servers."""
        return [each['id'] for each in self.details()]

    def clear(self) -> None:
        """Delete all servers and ports."""
        self.delete(self.servers())
        for port in self.calls.network('GET', '/ports')['ports']:
            self.calls.network('DELETE', f'/ports/{port["id"]}')
