# SPDX-License-Identifier: Apache-2.0

"""A client of Nova's API, as small as the quickstart needs it."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from nova_pci_ext import exceptions

# Networks ``none`` and a fault without a refresh need 2.37 and later; any
# Nova that we support has this one.
MICROVERSION = '2.90'
POLL_S = 0.1


class ApiError(exceptions.PciExtError):
    """Nova's API refused a call, or a server did not get where it should."""


class Client:
    """Calls on Nova's API as the one administrator."""

    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, method: str, path: str,
             body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer's JSON, an empty dict where there is none.

        :raises ApiError: for an answer that is not a success
        """
        request = urllib.request.Request(
            f'{self._url}{path}', method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={'Content-Type': 'application/json',
                     'X-Auth-Token': 'admin',
                     'OpenStack-API-Version': f'compute {MICROVERSION}'})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as exc:
            raise ApiError(f'{method} {path}: {exc.code} '
                           f'{exc.read().decode()}') from exc
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def create_flavor(self, name: str, *, vcpus: int, ram_mb: int,
                      disk_gb: int, alias: str | None = None) -> str:
        """Make a flavor; ``alias`` is its ``pci_passthrough:alias``.

        :returns: the flavor's id
        """
        flavor = self.call('POST', '/flavors', {'flavor': {
            'name': name, 'vcpus': vcpus, 'ram': ram_mb, 'disk': disk_gb}})
        flavor_id: str = flavor['flavor']['id']
        if alias is not None:
            self.call('POST', f'/flavors/{flavor_id}/os-extra_specs',
                      {'extra_specs': {'pci_passthrough:alias': alias}})
        return flavor_id

    def create_key(self, name: str) -> None:
        """Make a key pair; nobody gets the private key."""
        self.call('POST', '/os-keypairs', {'keypair': {'name': name}})

    def boot(self, name: str, flavor_id: str, image_id: str,
             networks: object) -> dict[str, Any]:
        """Boot a server and wait until it runs or has failed.

        :param networks: as the API takes it: ``'none'`` or a list
        """
        server = self.call('POST', '/servers', {'server': {
            'name': name, 'flavorRef': flavor_id, 'imageRef': image_id,
            'networks': networks}})
        return self._wait(server['server']['id'], ('ACTIVE', 'ERROR'))

    def _wait(self, server_id: str, states: tuple[str, ...],
              timeout_s: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while True:
            server: dict[str, Any] = self.call(
                'GET', f'/servers/{server_id}')['server']
            if server['status'] in states:
                return server
            if time.monotonic() > deadline:
                raise ApiError(
                    f'server {server["name"]} is {server["status"]} after '
                    f'{timeout_s:.0f} s; expected {" or ".join(states)}')
            time.sleep(POLL_S)

    def servers(self) -> list[dict[str, Any]]:
        """Return all servers."""
        found: list[dict[str, Any]] = self.call(
            'GET', '/servers/detail?all_tenants=1')['servers']
        return found

    def delete_all(self, timeout_s: float = 60) -> None:
        """Delete all servers and wait until they are gone."""
        for server in self.servers():
            self.call('DELETE', f'/servers/{server["id"]}')
        deadline = time.monotonic() + timeout_s
        while left := [each['name'] for each in self.servers()]:
            if time.monotonic() > deadline:
                raise ApiError(f'servers {", ".join(left)} are not gone '
                               f'after {timeout_s:.0f} s')
            time.sleep(POLL_S)
