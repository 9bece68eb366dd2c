# SPDX-License-Identifier: Apache-2.0

"""Make the tables of each service, several at a time.

Each of the stock commands imports its service for seconds and then waits for
the database, so three rows of commands run beside one another.
"""

import concurrent.futures
import subprocess
from collections.abc import Iterable

from cloud import layout


def _lanes(place: layout.Layout) -> tuple[tuple[list[str], ...], ...]:
    keystone = [place.program('keystone-manage'), '--config-file',
                str(place.etc / 'keystone' / 'keystone.conf')]
    nova = [place.program('nova-manage'), '--config-file',
            str(place.etc / 'nova' / 'nova.conf')]
    account = ['--keystone-user', 'root', '--keystone-group', 'root']
    url = f'{place.url("keystone")}/v3'
    return (
        (
            [*keystone, 'db_sync'],
            [*keystone, 'fernet_setup', *account],
            [*keystone, 'credential_setup', *account],
            [*keystone, 'bootstrap', '--bootstrap-password', layout.PASSWORD,
             '--bootstrap-region-id', 'RegionOne',
             '--bootstrap-admin-url', url, '--bootstrap-internal-url', url,
             '--bootstrap-public-url', url],
            [place.program('placement-manage'), '--config-file',
             str(place.etc / 'placement' / 'placement.conf'), 'db', 'sync'],
        ),
        (
            [*nova, 'api_db', 'sync'],
            [*nova, 'cell_v2', 'map_cell0'],
            [*nova, 'cell_v2', 'create_cell', '--name', 'cell1'],
            [*nova, 'db', 'sync'],
        ),
        (
            [place.program('glance-manage'), '--config-file',
             str(place.etc / 'glance' / 'glance-api.conf'), 'db_sync'],
            [place.program('neutron-db-manage'), '--config-file',
             str(place.etc / 'neutron' / 'neutron.conf'), 'upgrade',
             'heads'],
        ),
    )


def create_tables(place: layout.Layout) -> None:
    """Make all tables, and keystone's administrator.

    :raises CalledProcessError: for a command that failed; the reason is in
        ``databases.log``
    """
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = [pool.submit(_run, place, lane) for lane in _lanes(place)]
        for lane in running:
            lane.result()


def map_hosts(place: layout.Layout) -> None:
    """Let Nova's API know the computes that have reported themselves."""
    _run(place, ([
        place.program('nova-manage'), '--config-file',
        str(place.etc / 'nova' / 'nova.conf'), 'cell_v2', 'discover_hosts',
        '--by-service'],))


def _run(place: layout.Layout, lane: Iterable[list[str]]) -> None:
    with (place.logs / 'databases.log').open('ab') as log:
        for command in lane:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                           stdout=log, stderr=log, timeout=600)
