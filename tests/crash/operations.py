# SPDX-License-Identifier: Apache-2.0

"""What a user does while nova-compute is killed, and how it is set up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from nova_pci_ext.quickstart import client
from tests.crash import scene

LIMIT_S = 60
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    ``before`` names the operation whose end is where this one begins, None
    for an empty cloud.
    """

    name: str
    before: str | None
    run: Callable[[client.Client], None]


def flavor_id(api: client.Client, name: str) -> str:
    """Return the id of a flavor of the scene."""
    for flavor in api.call('GET', '/flavors')['flavors']:
        if flavor['name'] == name:
            return flavor['id']
    raise LookupError(name)


def the_server(api: client.Client) -> str:
    """Return the id of the only server."""
    (server,) = api.servers()
    return server['id']


def wait(api: client.Client, *states: str) -> None:
    """Wait until the only server is in a state, without a task.

    :raises TimeoutError: after LIMIT_S seconds
    """
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        servers = api.servers()
        if not servers and 'GONE' in states:
            return
        if servers and servers[0]['status'] in states and not servers[0][
                'OS-EXT-STS:task_state']:
            return
        time.sleep(POLL_S)
    raise TimeoutError(f'no {states} after {LIMIT_S} s: {api.servers()}')


def act(api: client.Client, action: dict[str, object]) -> None:
    """Call an action of the only server."""
    api.call('POST', f'/servers/{the_server(api)}/action', action)


def prepare(api: client.Client) -> None:
    """Make the flavors."""
    for name, alias in scene.FLAVORS.items():
        api.create_flavor(name, vcpus=1, ram_mb=64, disk_gb=0, alias=alias)


def boot(api: client.Client) -> None:
    """Claim, allocate and save."""
    api.boot('server', flavor_id(api, 'small'), scene.IMAGE, 'none')
    wait(api, 'ACTIVE')


def delete(api: client.Client) -> None:
    """Free and save."""
    api.call('DELETE', f'/servers/{the_server(api)}')
    wait(api, 'GONE')


def resize(api: client.Client) -> None:
    """Claim on the other host, and allocate there at the end."""
    act(api, {'resize': {'flavorRef': flavor_id(api, 'big')}})
    wait(api, 'VERIFY_RESIZE')


def confirm(api: client.Client) -> None:
    """Free on the host that the server came from."""
    act(api, {'confirmResize': None})
    wait(api, 'ACTIVE')


def revert(api: client.Client) -> None:
    """Free on the host that the server went to."""
    act(api, {'revertResize': None})
    wait(api, 'ACTIVE')


PREPARE = Operation('prepare', None, prepare)
OPERATIONS = (
    Operation('boot', 'prepare', boot),
    Operation('delete', 'boot', delete),
    Operation('resize', 'boot', resize),
    Operation('confirm', 'resize', confirm),
    Operation('revert', 'resize', revert),
)
