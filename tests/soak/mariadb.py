# SPDX-License-Identifier: Apache-2.0

"""A MariaDB of our own, with Nova's schema and the instances of the soak."""

import contextlib
import getpass
import pathlib
import subprocess
import time

import nova.conf
import pymysql
from nova.db import migration
from nova.db.main import api as main_db
from osprofiler import opts

NODE = 1
START_S = 300
TABLE = """\
CREATE TABLE instances_of_soak (
    uuid VARCHAR(36) PRIMARY KEY, kind VARCHAR(8), count INT,
    state VARCHAR(8))
"""


class Database:
    """Connections to the server, for Nova and for the checker."""

    def __init__(self, folder):
        self._socket = folder / 'socket'

    def url(self, name):
        """Return what SQLAlchemy connects one of its databases with."""
        return (f'mysql+pymysql://{getpass.getuser()}@localhost/{name}'
                f'?unix_socket={self._socket}&charset=utf8mb4')

    def configure(self):
        """Have Nova's code of this process use the database."""
        conf = nova.conf.CONF
        conf([], project='nova', default_config_files=[],
             default_config_dirs=[])
        conf.set_override('connection', self.url('nova'), 'database')
        conf.set_override('max_pool_size', 20, 'database')
        opts.set_defaults(conf)
        main_db.configure(conf)

    def query(self, statement, *values):
        """Run a statement on a connection of its own; returns the rows."""
        with contextlib.closing(pymysql.connect(
                unix_socket=str(self._socket), user=getpass.getuser(),
                database='nova', autocommit=True,
                cursorclass=pymysql.cursors.DictCursor)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()

    def administer(self, *arguments):
        """Run the client as the administrator."""
        return subprocess.run(
            ['mariadb', '--no-defaults', f'--socket={self._socket}',
             f'--user={getpass.getuser()}', *arguments],
            capture_output=True, text=True, timeout=60)

    def create(self):
        """Make the schema, the compute node and the table of instances."""
        self.administer('--execute=CREATE DATABASE nova').check_returncode()
        self.configure()
        migration.db_sync(database='main')
        self.query(
            'INSERT INTO compute_nodes (id, vcpus, memory_mb, local_gb, '
            'vcpus_used, memory_mb_used, local_gb_used, hypervisor_type, '
            'hypervisor_version, cpu_info, deleted) VALUES '
            "(%s, 1, 1, 1, 0, 0, 0, 'soak', 1, '', 0)", NODE)
        self.query(TABLE)


@contextlib.contextmanager
def running(folder: pathlib.Path):
    """Start MariaDB on a folder, yield the soak's Database, and end it."""
    with started(folder) as database:
        database.create()
        yield database


@contextlib.contextmanager
def started(folder: pathlib.Path):
    """Start MariaDB on a folder, with nothing in it, and end it."""
    user = getpass.getuser()
    subprocess.run(
        ['mariadb-install-db', '--no-defaults', '--skip-test-db',
         f'--datadir={folder / "data"}', f'--user={user}',
         f'--auth-root-socket-user={user}'],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with (folder / 'mariadb.log').open('wb') as log:
        server = subprocess.Popen(
            ['/usr/sbin/mariadbd', '--no-defaults', '--skip-networking',
             f'--datadir={folder / "data"}', f'--socket={folder / "socket"}',
             f'--pid-file={folder / "pid"}', f'--user={user}',
             '--innodb-flush-log-at-trx-commit=2'],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        database = Database(folder)
        deadline = time.monotonic() + START_S
        while database.administer('--execute=SELECT 1').returncode:
            assert server.poll() is None and time.monotonic() < deadline, (
                (folder / 'mariadb.log').read_text()[-2000:])
            time.sleep(0.2)
        yield database
    finally:
        server.terminate()
        server.wait(60)
