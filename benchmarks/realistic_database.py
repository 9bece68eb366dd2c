# SPDX-License-Identifier: Apache-2.0

"""Nova's databases for ``benchmarks/realistic.py``: cells, hosts, changes.

MariaDB as in a cloud, or SQLite files where it is not installed.
"""

import contextlib
import datetime
import pathlib
import typing
from collections.abc import Iterable
from collections.abc import Iterator

import sqlalchemy
from nova import config
from nova import context
from nova import objects
from nova.db import migration
from nova.db.main import models
from nova.objects import service

from benchmarks import realistic_flavors
from benchmarks import realistic_hosts
from tests.soak import mariadb

_BATCH = 200
_CONF = """\
[DEFAULT]
host = scheduler
state_path = {folder}
log_file = {folder}/nova.log
use_stderr = False
transport_url = fake://
# Nobody renews the rows of the hosts.
service_down_time = 864000
[api_database]
connection = {api}
[database]
connection = {main}
[oslo_concurrency]
lock_path = {folder}/locks
[oslo_messaging_notifications]
driver = noop
[placement]
auth_type = admin_token
token = admin
endpoint = http://127.0.0.1:1
endpoint_override = http://127.0.0.1:1
[pci]
{aliases}
"""


class Database:
    """The rows of all hosts.

    :param urls: of the API's database and of the cell's
    """

    def __init__(self, folder: pathlib.Path, urls: tuple[str, str]) -> None:
        self.settings = folder / 'nova.conf'
        api, main = urls
        aliases = '\n'.join(f'alias = {alias}'
                            for alias in realistic_flavors.aliases())
        self.settings.write_text(_CONF.format(
            folder=folder, api=api, main=main, aliases=aliases))
        self._main = main
        self._engine = sqlalchemy.create_engine(main)
        # Seconds are all that a row keeps, and no two changes share one.
        self._now = datetime.datetime(2026, 1, 1)

    def create(self) -> None:
        """Make the schemas and the cells; once in a process."""
        config.parse_args(['nova-manage',
                           f'--config-file={self.settings}'])
        objects.register_all()
        for name in ('api', 'main'):
            migration.db_sync(database=name)
        for uuid, name in ((objects.CellMapping.CELL0_UUID, 'cell0'),
                           (realistic_hosts.uuid_of('cell1'), 'cell1')):
            objects.CellMapping(
                context.get_admin_context(), uuid=uuid, name=name,
                transport_url='fake://',
                database_connection=self._main).create()

    def fill(self, hosts: Iterable[realistic_hosts.Host]) -> None:
        """Have these hosts and no others."""
        nodes = models.ComputeNode.__table__
        services = models.Service.__table__
        with self._engine.begin() as connection:
            for table in (nodes, services):
                connection.execute(table.delete())
            rows: list[realistic_hosts.Host] = []
            for host in hosts:
                rows.append(host)
                if len(rows) == _BATCH:
                    self._insert(connection, rows)
                    rows = []
            if rows:
                self._insert(connection, rows)

    def _insert(self, connection: sqlalchemy.Connection,
                hosts: list[realistic_hosts.Host]) -> None:
        connection.execute(models.Service.__table__.insert(), [{
            'uuid': realistic_hosts.uuid_of('service', host.name),
            'host': host.name, 'binary': 'nova-compute', 'topic': 'compute',
            'report_count': 1, 'disabled': False, 'forced_down': False,
            'version': service.SERVICE_VERSION, 'deleted': 0,
            'created_at': self._now, 'updated_at': datetime.datetime.now(
                datetime.UTC).replace(tzinfo=None),
            'last_seen_up': datetime.datetime.now(
                datetime.UTC).replace(tzinfo=None)} for host in hosts])
        connection.execute(models.ComputeNode.__table__.insert(), [{
            'uuid': host.uuid, 'host': host.name,
            'hypervisor_hostname': host.name, 'deleted': 0, 'mapped': 1,
            'vcpus': 2 * realistic_hosts.CPUS,
            'memory_mb': 2 * realistic_hosts.MEMORY_MB, 'local_gb': 4000,
            'local_gb_used': 100, 'free_disk_gb': 3900,
            'disk_available_least': 3000, 'hypervisor_type': 'QEMU',
            'hypervisor_version': 8002000, 'cpu_info': _CPU_INFO,
            'running_vms': 2, 'current_workload': 0, 'metrics': '[]',
            'extra_resources': None, 'host_ip': '192.0.2.1',
            'supported_instances': '[["x86_64", "kvm", "hvm"]]',
            'stats': '{"failed_builds": "0", "num_instances": "2"}',
            'cpu_allocation_ratio': 4.0, 'ram_allocation_ratio': 1.0,
            'disk_allocation_ratio': 1.0, 'created_at': self._now,
            'updated_at': self._now, **_of_devices(host)} for host in hosts])

    def write(self, hosts: Iterable[realistic_hosts.Host], *,
              touch: bool) -> None:
        """Write down what changed on some hosts.

        :param touch: write every row again, as computes do each minute whose
            disks are shared, because the free space is never the same
        """
        self._now += datetime.timedelta(seconds=1)
        nodes = models.ComputeNode.__table__
        with self._engine.begin() as connection:
            for host in hosts:
                connection.execute(
                    nodes.update().where(nodes.c.uuid == host.uuid),
                    {'updated_at': self._now, **_of_devices(host)})
            if touch:
                connection.execute(nodes.update(), {
                    'updated_at': self._now, 'disk_available_least':
                        3000 - self._now.second})


_CPU_INFO = ('{"arch": "x86_64", "model": "Icelake-Server", "vendor": "Intel",'
             ' "topology": {"cells": 2, "sockets": 1, "cores": 16, "threads":'
             ' 2}, "features": ["avx", "avx2", "avx512f", "vmx"]}')


def _of_devices(host: realistic_hosts.Host) -> dict[str, typing.Any]:
    return {'pci_stats': host.published(), 'numa_topology': host.topology(),
            'vcpus_used': host.vcpus_used,
            'memory_mb_used': host.memory_mb_used,
            'free_ram_mb': 2 * realistic_hosts.MEMORY_MB
            - host.memory_mb_used}


@contextlib.contextmanager
def running(folder: pathlib.Path, kind: str) -> Iterator[Database]:
    """Yield databases in an empty folder; MariaDB ends afterwards.

    :param kind: ``mariadb`` or ``sqlite``
    """
    if kind == 'sqlite':
        found = Database(folder, (f'sqlite:///{folder}/api.sqlite',
                                  f'sqlite:///{folder}/main.sqlite'))
        found.create()
        yield found
        return
    with mariadb.started(folder) as server:
        server.administer('--execute=CREATE DATABASE nova_api; '
                          'CREATE DATABASE nova').check_returncode()
        found = Database(folder, (server.url('nova_api'),
                                  server.url('nova')))
        found.create()
        yield found
