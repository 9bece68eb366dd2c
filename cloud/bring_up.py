# SPDX-License-Identifier: Apache-2.0

"""Start the whole cloud in the order in which its parts need each other."""

import contextlib
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from cloud import backends
from cloud import catalog
from cloud import databases
from cloud import layout
from cloud import processes
from cloud import rest
from cloud import services
from cloud import settings

#: What has no use while the database is down, in the order of starting.
API = ('placement', 'glance', 'neutron', 'nova')
WORKERS = ('neutron-rpc', 'agents', *services.CONTROLLERS)


class Steps:
    """Progress, a line for each step with the time since the first."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begin = time.monotonic()

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say that a step is done, or how far it came."""
        try:
            yield
        except BaseException:
            self._line(f'FAILED: {what}')
            raise
        self._line(what)

    def _line(self, text: str) -> None:
        self._say(f'{time.monotonic() - self._begin:6.1f} s  {text}')


def bring_up(place: layout.Layout, choice: settings.Choice,
             say: Callable[[str], None]) -> rest.Rest:
    """Start what does not run yet, and return the way to it.

    :raises NotReadyError: for a service that did not start
    """
    steps = Steps(say)
    settings.write_settings(place, choice)
    tables, complete = place.folder / 'tables', place.folder / 'complete'
    with steps.step('MariaDB and RabbitMQ answer'):
        _start_backends(place)
    if not tables.exists():
        with steps.step('the tables of seven databases are made'):
            backends.create_databases(place)
            databases.create_tables(place)
        tables.touch()
    start(place, ('keystone',))
    calls = rest.Rest(place)
    with steps.step('keystone answers and knows the services'):
        services.wait_for_http(place, 'keystone')
        catalog.register_services(calls, place)
    with steps.step('placement, glance, neutron and nova answer'):
        start(place, (*API, *WORKERS))
        for name in API:
            services.wait_for_http(place, name)
    start(place, services.computes(place))
    _wait_for_computes(place, calls, steps,
                       is_new=not complete.exists())
    complete.touch()
    return calls


def _start_backends(place: layout.Layout) -> None:
    backends.make_folders(place)
    start(place, backends.NAMES)
    services.wait(place, ['mariadb'], lambda: backends.answers(place))
    services.wait_for_port(place, 'rabbitmq')


def _wait_for_computes(place: layout.Layout, calls: rest.Rest, steps: Steps,
                       *, is_new: bool) -> None:
    with steps.step('the agents have reported'):
        services.wait(place, ['agents', 'neutron-rpc'],
                      lambda: catalog.agents_alive(calls, place))
        catalog.make_contents(calls)
    computes = services.computes(place)
    with steps.step(f'{len(computes)} computes are up'):
        if is_new and computes:
            services.wait(
                place, computes,
                lambda: len(_reported(place)) == len(computes))
            databases.map_hosts(place)
        services.wait(place, computes,
                      lambda: catalog.computes_up(calls, place))


def _reported(place: layout.Layout) -> list[str]:
    """Return the hosts that have written their compute node."""
    return backends.query(
        place, 'SELECT host FROM nova.compute_nodes WHERE deleted = 0'
    ).split()


def restart_nova(place: layout.Layout, choice: settings.Choice,
                 calls: rest.Rest, names: Iterable[str] = ()) -> None:
    """Start Nova's services, or the named of them, with another choice."""
    names = tuple(names) or (
        'nova', *services.CONTROLLERS, *services.computes(place))
    processes.stop(place, names)
    settings.write_settings(place, choice)
    since = backends.query(place, 'SELECT UTC_TIMESTAMP()').strip()
    start(place, names)
    services.wait_for_http(place, 'nova')
    services.wait(place, names, lambda: not (
        {*names} - {'nova'} - _seen_since(place, since)))
    services.wait(place, names, lambda: catalog.computes_up(calls, place))


def _seen_since(place: layout.Layout, since: str) -> set[str]:
    """Return the processes of Nova that have reported since then."""
    rows = backends.query(
        place, 'SELECT `binary`, host FROM nova.services WHERE deleted = 0 '
        f"AND last_seen_up > '{since}'").splitlines()
    found = set()
    for binary, host in (row.split('\t') for row in rows):
        name = binary.removeprefix('nova-')
        found.add(f'compute-{host}' if name == 'compute' else name)
    return found


def start(place: layout.Layout, names: Iterable[str]) -> None:
    """Start processes by name."""
    known = {**backends.commands(place), **services.commands(place)}
    for name in names:
        processes.start(place, known[name])


def bring_down(place: layout.Layout) -> list[str]:
    """End exactly what was started, what others need last.

    :returns: the names of what was ended
    """
    running = processes.started(place)
    processes.stop(place, [name for name in running
                           if name not in backends.NAMES])
    processes.stop(place, [name for name in running
                           if name in backends.NAMES])
    return running
