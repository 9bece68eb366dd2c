# SPDX-License-Identifier: Apache-2.0

"""Explain a cloud while rows of its databases are damaged or hostile.

Run as a program with a nova.conf; prints JSON: what each host answered, by the
damage, and what the command said in each format when all was hostile.
Whatever is done to the first two hosts, the third is as it was.
"""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.discovery import inventory  # noqa: E402
from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.quickstart import cloud  # noqa: E402

SHARE = (pathlib.Path(__file__).parents[3] / 'etc' / 'nova_pci_ext'
         / 'quickstart')
SHOWN = ('--verbose', '-f csv', '-f json')
FLAVOR = 'pci_passthrough:alias=a1:4'
HOSTS = ('igb-host', 'gpu-host', 'plain-host')
# A colour, a title, a forged line, C1, an order of writing, no width.
HOSTILE = '\x1b[31m\x1b]0;t\x07\r\nerror: forged\x9b\u202eab\u200b'


def hostile_tags(pool):
    pool['tags'].update(physical_network=HOSTILE, address=HOSTILE,
                        **{HOSTILE: HOSTILE})


def hostile_ids(pool):
    pool.update(vendor_id=HOSTILE, product_id=HOSTILE)


# The devices of gpu-host belong to somebody, and are not what they were.
OWNED = ("UPDATE pci_devices SET status = 'allocated', {} = :hostile "
         'WHERE compute_node_id = '
         "(SELECT id FROM compute_nodes WHERE host = 'gpu-host')")
COLUMNS = ('instance_uuid', 'dev_type', 'vendor_id', 'dev_id', 'label',
           'parent_addr', 'request_id', 'extra_info')
#: What is done: to the pools of the row of igb-host, and in SQL.
DAMAGES = {
    'nothing': (lambda pool: None, ()),
    'hostile tags': (hostile_tags, ()),
    'hostile ids': (hostile_ids, ()),
    'no vendor': (lambda pool: pool.pop('vendor_id'), ()),
    'no tags': (lambda pool: pool.pop('tags'), ()),
    'less than nothing': (lambda pool: pool.update(count=-1), ()),
    'no JSON': (None, ("UPDATE compute_nodes SET pci_stats = '{[' "
                       "WHERE host = 'igb-host'",)),
    'nested': (None, ("UPDATE compute_nodes SET pci_stats = "
                      f"'{'[' * 20000}' WHERE host = 'igb-host'",)),
    **{f'hostile {column}': (None, (OWNED.format(column),))
       for column in COLUMNS},
}
ALL = (hostile_tags, (
    *(OWNED.format(column) for column in COLUMNS),
    "UPDATE services SET host = host || :hostile WHERE host = 'igb-host'",
    'UPDATE compute_nodes SET host = host || :hostile, '
    'hypervisor_hostname = hypervisor_hostname || :hostile '
    "WHERE host = 'igb-host'"))


@contextlib.contextmanager
def damaged(path, change, statements):
    """Change a database for a while."""
    whole = path.with_suffix('.whole')
    with (contextlib.closing(sqlite3.connect(path)) as database,
          contextlib.closing(sqlite3.connect(whole)) as copy):
        database.backup(copy)
        if change is not None:
            (text,) = database.execute(
                'SELECT pci_stats FROM compute_nodes '
                "WHERE host = 'igb-host'").fetchone()
            row = json.loads(text)
            for pool in row['nova_object.data']['objects']:
                change(pool['nova_object.data'])
            database.execute(
                'UPDATE compute_nodes SET pci_stats = ? '
                "WHERE host = 'igb-host'", (json.dumps(row),))
        for statement in statements:
            database.execute(statement, {'hostile': HOSTILE})
        database.commit()
        try:
            yield
        finally:
            copy.backup(database)


def answers():
    """Return what each host says, by its name."""
    asked = server_request.ServerRequest(
        extra_specs=dict([FLAVOR.split('=', 1)]))
    return {answer.host: [report.group(answer), report.words(answer)]
            for answer in run.explain_cloud(asked).answers}


def explain(folder, *words):
    done = subprocess.run(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', 'explain',
         '--config-file', folder / 'nova.conf',
         '--config-file', folder / 'embedded.conf',
         '--extra-spec', FLAVOR, *words],
        capture_output=True, text=True, timeout=120)
    return [done.returncode, done.stdout, done.stderr]


def main(nova_conf):
    hosts = [inventory.read_inventory(SHARE / f'{name}.json')
             for name in HOSTS]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with cloud.run_cloud(pathlib.Path(nova_conf), folder, hosts,
                             ('physnet1', 'physnet2'), lambda line: None):
            told = {}
            for damage, how in DAMAGES.items():
                with damaged(folder / 'cell1.sqlite', *how):
                    told[damage] = answers()
            with damaged(folder / 'cell1.sqlite', *ALL):
                shown = {words: explain(folder, *words.split())
                         for words in SHOWN}
        print(json.dumps({'told': told, 'shown': shown}), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
