# SPDX-License-Identifier: Apache-2.0

"""The processes of OpenStack: what is run, and when it is ready."""

import pathlib
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from cloud import hosts
from cloud import layout
from cloud import processes
from cloud import settings

WSGI: Mapping[str, str] = {
    'keystone': 'keystone.wsgi.api', 'placement': 'placement.wsgi.api',
    'glance': 'glance.wsgi.api', 'neutron': 'neutron.wsgi.api',
    'nova': 'nova.wsgi.osapi_compute'}
#: The parts of Nova that read its database and its messages.
CONTROLLERS = ('conductor', 'scheduler')
TIMEOUT_S = 180


def computes(place: layout.Layout) -> tuple[str, ...]:
    """Return the names of the computes that are started with the cloud."""
    return tuple(f'compute-{host}' for host in hosts.recorded(place))


def commands(place: layout.Layout) -> dict[str, processes.Command]:
    """Return the command of each service, by name."""
    found = [
        *(_wsgi(place, name, module) for name, module in WSGI.items()),
        processes.Command(name='neutron-rpc', arguments=(
            place.program('neutron-rpc-server'),
            f'--config-file={place.etc / "neutron" / "neutron.conf"}')),
        processes.Command(
            name='agents', environment={'PYTHONPATH': str(layout.ROOT)},
            arguments=(
                place.program('python'), '-m', 'cloud.agents',
                str(place.etc / 'neutron' / 'neutron.conf'),
                *hosts.recorded(place), *place.joined)),
        *(_nova(place, f'nova-{name}', name, place.etc / 'nova' / 'nova.conf')
          for name in CONTROLLERS),
        *(compute_command(place, host) for host in hosts.recorded(place))]
    return {command.name: command for command in found}


def for_alternatives(place: layout.Layout) -> tuple[processes.Command, ...]:
    """Return our API and conductor, which know aliases of several entries."""
    return (_wsgi(place, 'nova', 'nova_pci_ext.cli.osapi_compute'),
            _nova(place, 'nova-conductor-pci', 'conductor',
                  place.etc / 'nova' / 'nova.conf'))


def compute_command(place: layout.Layout, host: str) -> processes.Command:
    """Return the command of a compute, whose settings are written.

    One host starts by our command and the others by Nova's: that there are
    two ways in shows only where both are used.
    """
    path = settings.compute_settings(place, host)
    ours = host == hosts.BY_OUR_COMMAND and settings.is_ours(path)
    return _nova(place, 'nova-compute-pci' if ours else 'nova-compute',
                 f'compute-{host}', path)


def _nova(place: layout.Layout, program: str, name: str,
          conf: pathlib.Path) -> processes.Command:
    return processes.Command(name=name, arguments=(
        place.program(program, name), f'--config-file={conf}'))


def _wsgi(place: layout.Layout, name: str,
          module: str) -> processes.Command:
    folder = str(place.etc / name)
    return processes.Command(
        name=name,
        arguments=(
            place.program('uwsgi'), '--http-socket',
            f'{layout.ADDRESS}:{place.port(name)}', '--module',
            f'{module}:application', '--processes', '1', '--threads',
            '8', '--enable-threads', '--lazy-apps', '--master',
            '--die-on-term', '--need-app', '--disable-logging',
            '--buffer-size', '65535', '--venv',
            str(place.environment(name)),
            # uwsgi closes each connection, so it has to say so, and not
            # before all of a request is read.
            '--post-buffering', '65536', '--add-header',
            'Connection: close'),
        environment={f'OS_{name.upper()}_CONFIG_DIR': folder,
                     'OS_NEUTRON_CONFIG_FILES': 'neutron.conf'})


class NotReadyError(Exception):
    """A service did not become ready; names it."""


def wait(place: layout.Layout, names: Iterable[str],
         is_ready: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
    """Wait until what these processes do together is ready.

    :raises NotReadyError: when it takes too long, or one of them has ended
    """
    names = tuple(names)
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        for name in names:
            if not processes.is_running(place, name):
                raise NotReadyError(f'{name} has ended')
        if time.monotonic() > deadline:
            raise NotReadyError(
                f'{", ".join(names)}: not ready after {timeout_s:.0f} s')
        time.sleep(0.25)


def wait_for_http(place: layout.Layout, name: str) -> None:
    """Wait until a service answers with anything but a fault of its own.

    :raises NotReadyError: as ``wait``
    """
    def answers() -> bool:
        try:
            with urllib.request.urlopen(place.url(name), timeout=30):
                return True
        except urllib.error.HTTPError as exc:
            return exc.code < 500
        except OSError:
            return False
    wait(place, [name], answers)


def wait_for_port(place: layout.Layout, name: str) -> None:
    """Wait until a service listens.

    :raises NotReadyError: as ``wait``
    """
    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(
                (layout.ADDRESS, place.port(name))) == 0
    wait(place, [name], listens)
