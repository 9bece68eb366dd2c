# SPDX-License-Identifier: Apache-2.0

"""MariaDB and RabbitMQ as private processes, beside any of the system."""

import getpass
import subprocess

from cloud import layout
from cloud import processes

DATABASES = ('keystone', 'placement', 'glance', 'neutron', 'nova_api',
             'nova', 'nova_cell0')
NAMES = ('mariadb', 'epmd', 'rabbitmq')


def commands(place: layout.Layout) -> dict[str, processes.Command]:
    """Return what runs the database and the message queue, by name."""
    found = (_mariadb(place), _epmd(place), _rabbitmq(place))
    return {command.name: command for command in found}


def _mariadb(place: layout.Layout) -> processes.Command:
    return processes.Command(name='mariadb', arguments=(
        '/usr/sbin/mariadbd',
        f'--defaults-file={place.etc / "mariadb" / "my.cnf"}',
        f'--user={getpass.getuser()}'))


def _epmd(place: layout.Layout) -> processes.Command:
    """Run Erlang's name server; RabbitMQ would start one that stays."""
    return processes.Command(name='epmd', arguments=(
        '/usr/bin/epmd', '-address', layout.ADDRESS,
        '-port', str(place.port('epmd'))))


def _rabbitmq(place: layout.Layout) -> processes.Command:
    """Run the broker without Debian's wrapper, which changes the user.

    ``RUNNING_UNDER_SYSTEMD`` makes it the process itself, not a child.
    """
    home = place.folder / 'rabbitmq'
    return processes.Command(
        name='rabbitmq',
        arguments=('/usr/lib/rabbitmq/bin/rabbitmq-server',),
        environment={
            'HOME': str(home), 'ERL_EPMD_PORT': str(place.port('epmd')),
            'ERL_EPMD_ADDRESS': layout.ADDRESS,
            'RUNNING_UNDER_SYSTEMD': '1',
            'RABBITMQ_CONF_ENV_FILE': str(home / 'none'),
            'RABBITMQ_CONFIG_FILE': str(
                place.etc / 'rabbitmq' / 'rabbitmq.conf'),
            'RABBITMQ_DIST_PORT': str(place.port('distribution')),
            'RABBITMQ_ENABLED_PLUGINS_FILE': str(home / 'enabled_plugins'),
            'RABBITMQ_FEATURE_FLAGS_FILE': str(home / 'feature_flags'),
            'RABBITMQ_LOG_BASE': str(place.logs), 'RABBITMQ_LOGS': '-',
            'RABBITMQ_MNESIA_BASE': str(home / 'mnesia'),
            'RABBITMQ_NODENAME': f'cloud{place.base_port}@localhost',
            'RABBITMQ_PID_FILE': str(home / 'pid'),
            'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS':
                '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 '
                '+sbwt none',
        })


def make_folders(place: layout.Layout) -> None:
    """Make the data folder of MariaDB and the home of RabbitMQ."""
    (place.folder / 'rabbitmq').mkdir(exist_ok=True)
    if (place.folder / 'mariadb' / 'mysql').exists():
        return
    subprocess.run(
        ['mariadb-install-db', '--no-defaults', '--skip-test-db',
         f'--datadir={place.folder / "mariadb"}',
         f'--user={getpass.getuser()}',
         f'--auth-root-socket-user={getpass.getuser()}'],
        check=True, stdout=subprocess.DEVNULL)


def query(place: layout.Layout, statement: str) -> str:
    """Run SQL as MariaDB's administrator; fails while it starts.

    :returns: the rows, tabs between the columns
    :raises CalledProcessError: with MariaDB's message in ``stderr``
    """
    return subprocess.run(
        ['mariadb', '--no-defaults', '--batch', '--skip-column-names',
         f'--socket={place.folder / "mariadb.sock"}',
         f'--user={getpass.getuser()}', f'--execute={statement}'],
        check=True, capture_output=True, text=True, timeout=60).stdout


def answers(place: layout.Layout) -> bool:
    """Whether MariaDB takes statements."""
    try:
        query(place, 'SELECT 1')
    except subprocess.CalledProcessError:
        return False
    return True


def create_databases(place: layout.Layout) -> None:
    """Make the empty databases, and the account that the services use.

    What an earlier run left half made is dropped.
    """
    query(place, ''.join(
        f'DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; '
        for name in DATABASES)
        + f"CREATE USER IF NOT EXISTS cloud@'{layout.ADDRESS}' "
          f"IDENTIFIED BY '{layout.PASSWORD}'; "
          f"CREATE USER IF NOT EXISTS cloud@localhost "
          f"IDENTIFIED BY '{layout.PASSWORD}'; "
          f"GRANT ALL ON *.* TO cloud@'{layout.ADDRESS}'; "
          f"GRANT ALL ON *.* TO cloud@localhost;")
