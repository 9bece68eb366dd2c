# SPDX-License-Identifier: Apache-2.0

"""Databases of a cloud with several cells, made by Nova itself.

Run as a program, because Nova's configuration is global to a process::

    python -m tests.fleet_databases FOLDER < HOSTS

HOSTS is JSON: ``{cell: {host: [row, ...]}}``.  A row is ``{"address": ...}``
and whatever else of a row is not as usual; ``"disabled"`` in the place of one
disables the service of the host.  A cell whose hosts are None gets no
database, and one whose hosts are a text gets that for its transport URL.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
USUAL = {'vendor_id': '10de', 'product_id': '20b0', 'dev_type': 'type-PCI',
         'status': 'available', 'numa_node': 0, 'label': 'label'}


def make(folder, hosts):
    """Make the databases; return the nova.conf of a controller."""
    subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'tests.fleet_databases',
         str(folder)], input=json.dumps(hosts), text=True, check=True,
        timeout=300, cwd=ROOT)
    return folder / 'nova.conf'


def _main():
    folder = pathlib.Path(sys.argv[1])
    conf = folder / 'nova.conf'
    conf.write_text(
        f'[database]\nconnection = sqlite:///{folder}/cell0.sqlite\n'
        f'[api_database]\nconnection = sqlite:///{folder}/api.sqlite\n')
    from nova import config
    from nova import context
    from nova import objects
    from nova.db import migration
    config.parse_args(['x', '--config-file', str(conf)])
    objects.register_all()
    migration.db_sync(database='api')
    migration.db_sync(database='main')
    admin = context.get_admin_context()
    for number, (name, hosts) in enumerate(json.load(sys.stdin).items()):
        is_there = isinstance(hosts, dict)
        path = folder / (f'{name}.sqlite' if is_there
                         else 'nowhere/cell.sqlite')
        if is_there:
            path.write_bytes((folder / 'cell0.sqlite').read_bytes())
        cell = objects.CellMapping(
            admin, uuid=f'{number + 1:08d}-0000-4000-8000-000000000000',
            name=name, transport_url=hosts if isinstance(hosts, str)
            else 'none:///', database_connection=f'sqlite:///{path}')
        cell.create()
        if not is_there:
            continue
        with context.target_cell(admin, cell) as targeted:
            for host, rows in hosts.items():
                _add(targeted, host, rows)


def _add(admin, host, rows):
    from nova import objects
    from nova.db.main import api
    from nova.db.main import models
    node = objects.ComputeNode(
        admin, host=host, hypervisor_hostname=host, vcpus=1, memory_mb=1,
        local_gb=1, vcpus_used=0, memory_mb_used=0, local_gb_used=0,
        hypervisor_type='x', hypervisor_version=1, cpu_info='')
    node.create()
    objects.Service(admin, host=host, binary='nova-compute',
                    topic='compute', disabled='disabled' in rows).create()
    with api.get_context_manager(admin).writer.using(admin) as session:
        for row in rows:
            if row == 'disabled':
                continue
            row = {**USUAL, 'dev_id': row['address'], **row}
            if not isinstance(row.get('extra_info'), str):
                row['extra_info'] = json.dumps(row.get('extra_info', {}))
            session.add(models.PciDevice(compute_node_id=node.id, **row))


if __name__ == '__main__':
    _main()
