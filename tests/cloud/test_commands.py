# SPDX-License-Identifier: Apache-2.0

"""The commands that ``make cloud`` prints, as a user types them."""

import collections
import json
import os
import subprocess

import pytest

from cloud import credentials
from cloud import layout
from cloud import rest
from cloud import settings
from tests.cloud import records as records_of

QUICK = ('tracker',)


def run(place, commands):
    """Run commands in the clone, all of which have to succeed."""
    path = f'{place.venv / "bin"}:{os.environ["PATH"]}'
    subprocess.run(
        ['sh', '-eux', '-c', commands], check=True, timeout=300,
        cwd=layout.ROOT, env={
            **os.environ, **credentials.environment(place), 'PATH': path})


@pytest.mark.parametrize(('client', 'commands'), [
    ('nova', credentials.NOVA_COMMANDS),
    ('openstack', credentials.OPENSTACK_COMMANDS),
])
def test_the_printed_commands_boot_both_servers(
        scene, records, place, client, commands):
    run(place, commands)
    servers = {each['name']: each for each in scene.calls.compute(
        'GET', '/servers/detail')['servers']}
    owned = {
        name: [each.kind[1] for each in records.devices()
               if each.owner == server['id']]
        for name, server in servers.items()}
    assert owned == {
        f'{client}-a1': ['1520', '1520'], f'{client}-vf': ['10ca']}
    assert {each['status'] for each in servers.values()} == {'ACTIVE'}


def test_the_printed_commands_of_nova_pci_have_answers(
        scene, records, place):
    first, *_ = credentials.OPENSTACK_COMMANDS.splitlines()
    run(place, f'{first}\n{credentials.pci_commands(place)}')
    # The last one gives back what the one before it has drained; its compute
    # says so in the row with its next update.
    rest.wait_until('a row without a drain', lambda: not [
        each for each in records.devices() if each.drained])


def counted(place, *words):
    """Return (host, free, used) of each class that nova-pci fleet counts."""
    done = subprocess.run(
        [place.program('nova-pci'), *words, '-f', 'json', '--config-file',
         str(place.etc / 'nova' / settings.NOVA)],
        capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, '')
    return sorted((host, row['ids'], row['type'], row['free'],
                   row['used'])
                  for row in json.loads(done.stdout)['classes']
                  for host in row['hosts'])


def recorded(records):
    """Return the same from the rows of all hosts."""
    numbers = collections.defaultdict(lambda: [0, 0])
    for each in records.devices():
        vendor, product, dev_type, _ = each.kind
        found = numbers[each.host, f'{vendor}:{product}', dev_type]
        found[0] += each.status == 'available'
        found[1] += each.status in records_of.OWNED
    return sorted((*key, *each) for key, each in numbers.items())


def test_the_fleet_is_counted_as_its_rows_are(scene, records, place):
    before = counted(place, 'fleet')
    assert before == recorded(records)
    server = scene.boot(scene.flavor('nvme:1'))
    assert server['status'] == 'ACTIVE'
    after = counted(place, 'devices', '--all-hosts')
    assert after == recorded(records)
    assert sum(used for *_, used in after) == 1 + sum(
        used for *_, used in before)
