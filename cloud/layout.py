# SPDX-License-Identifier: Apache-2.0

"""Where the cloud keeps its files, and which ports it takes."""

import dataclasses
import os
import pathlib
import socket
from collections.abc import Mapping

ROOT = pathlib.Path(__file__).resolve().parents[1]
ADDRESS = '127.0.0.1'
PASSWORD = 'nova-pci'
PORTS = ('mariadb', 'rabbitmq', 'epmd', 'distribution', 'keystone',
         'placement', 'glance', 'neutron', 'nova')
# Above what services take, and below what the kernel gives to clients.
FIRST_PORT, LAST_PORT, STEP = 28760, 32000, 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One cloud: its folder and its ports.

    :ivar folder: everything that the cloud writes
    :ivar base_port: the first of its ports, in the order of ``PORTS``
    :ivar joined: computes of other machines, which join it in place of the
        recorded ones
    :ivar others: the virtual environment of each process that does not run
        in that of the services, by its name: another release of Nova
    """

    folder: pathlib.Path
    base_port: int
    joined: tuple[str, ...] = ()
    others: Mapping[str, pathlib.Path] = dataclasses.field(
        default_factory=dict, hash=False)

    @property
    def venv(self) -> pathlib.Path:
        """The virtual environment of the services, which outlives a run."""
        return ROOT / '.cloud' / 'venv'

    @property
    def etc(self) -> pathlib.Path:
        """The configuration of each service, a folder each."""
        return self.folder / 'etc'

    @property
    def logs(self) -> pathlib.Path:
        """One log of each process."""
        return self.folder / 'logs'

    @property
    def run(self) -> pathlib.Path:
        """One file of each process that was started and not yet stopped."""
        return self.folder / 'run'

    @property
    def state(self) -> pathlib.Path:
        """The ``state_path`` of each service."""
        return self.folder / 'state'

    def port(self, service: str) -> int:
        """Return the port of a service."""
        return self.base_port + PORTS.index(service)

    def url(self, service: str) -> str:
        """Return where a service answers HTTP."""
        return f'http://{ADDRESS}:{self.port(service)}'

    def environment(self, process: str) -> pathlib.Path:
        """Return the virtual environment that a process runs in."""
        return self.others.get(process, self.venv)

    def program(self, name: str, process: str = '') -> str:
        """Return the path of a program that a process runs.

        :param process: by default any that runs in the environment of the
            services
        """
        return str(self.environment(process) / 'bin' / name)


def find_layout(folder: pathlib.Path | None = None) -> Layout:
    """Return the cloud of a folder; its ports stay those of its first run.

    :param folder: by default that of this clone: what ``NOVA_PCI_CLOUD``
        names, or ``.cloud/run``
    """
    folder = (folder or pathlib.Path(os.environ.get(
        'NOVA_PCI_CLOUD', ROOT / '.cloud' / 'run'))).resolve()
    kept = folder / 'base-port'
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(f'{_free_base()}\n')
    return Layout(folder=folder, base_port=int(kept.read_text()))


def _free_base() -> int:
    # The port after the others is that of a machine that joins the cloud.
    for base in range(FIRST_PORT, LAST_PORT, STEP):
        if all(_is_free(base + index) for index in range(len(PORTS) + 1)):
            return base
    raise SystemExit(f'no {len(PORTS)} ports in a row are free between '
                     f'{FIRST_PORT} and {LAST_PORT}')


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) != 0
