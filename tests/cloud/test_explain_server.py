# SPDX-License-Identifier: Apache-2.0

"""Why a server of the cloud failed, and why one is where it is.

Each answer is compared with what the cloud has, and does next.  gpu-1 alone
has GPUs of the alias v100, four of them.
"""

import json

import pytest

from tests.cloud import asked_servers
from tests.cloud.scene import HOST

OTHERS = ('igb-1', 'igb-2', 'plain-1')


@pytest.fixture
def explain(place):
    return asked_servers.Asking(place)


def test_a_server_that_failed_for_lack_of_devices(scene, records, explain):
    flavor = scene.flavor('v100:2')
    full = [scene.boot(flavor, name=f'asked-{number}')
            for number in range(2)]
    assert [each['status'] for each in full] == ['ACTIVE'] * 2
    failed = scene.boot(flavor, name='asked-failed')
    assert failed['status'] == 'ERROR'

    status, found = explain(failed['id'])
    assert (status, found['server']['uuid'], found['server']['status']) == (
        1, failed['id'], 'ERROR')
    # Where no unit is left in Placement, Nova gives no reason behind it.
    assert failed['fault']['message'].startswith('No valid host was found. ')
    assert found['why']['message'] == failed['fault']['message']
    assert found['asked']['requests'] == [{'request': 'v100', 'count': 2}]
    assert asked_servers.answers(found) == {
        'gpu-1': 'not now', **dict.fromkeys(
            OTHERS, 'not possible on this host')}
    assert found['server']['devices'] == []
    # Its name says the same.
    by_name = explain('asked-failed')
    assert by_name[0] == status
    for key in ('server', 'why', 'asked', 'question', 'hosts'):
        assert by_name[1][key] == found[key], key

    # The other ones run, and say so.
    status, runs = explain('asked-0')
    assert (status, runs['server']['uuid']) == (1, full[0]['id'])
    assert runs['server']['host'] == full[0][HOST] == 'gpu-1'
    assert asked_servers.answers(runs)['gpu-1'] == 'is here'
    assert asked_servers.shown(runs) == asked_servers.owned(
        records, full[0]['id'])
    assert len(asked_servers.shown(runs)) == 2

    # With one of them gone there is room; and so there is.
    scene.delete([full[1]['id']])
    status, found = explain(failed['id'])
    assert (status, asked_servers.answers(found)['gpu-1']) == (0, 'passes')
    status, gone = explain(full[1]['id'])
    assert (status, gone['server']['deleted'], gone['server']['name'],
            gone['server']['devices']) == (0, True, 'asked-1', [])
    again = scene.boot(flavor)
    assert (again['status'], again[HOST]) == ('ACTIVE', 'gpu-1')


def published(records):
    """Return what the GPU host has published, as its row has it."""
    (row,) = records.query(
        'SELECT pci_stats FROM nova.compute_nodes '
        "WHERE deleted = 0 AND host = 'gpu-1'")
    return row['pci_stats']


def publish(records, pools):
    """Write it; the compute writes again only what it changes."""
    records.query(
        f'UPDATE nova.compute_nodes SET pci_stats = {json.dumps(pools)}, '
        'updated_at = UTC_TIMESTAMP() '
        "WHERE deleted = 0 AND host = 'gpu-1'")


def test_a_server_whose_claim_its_compute_refused(
        scene, records, choice, explain):
    """The loser of a race: its host had devices when it was chosen."""
    if choice.in_placement:
        pytest.skip('Placement has no units left for it')
    free = published(records)
    winner = scene.boot(scene.flavor('v100:4'), name='asked-winner')
    assert winner['status'] == 'ACTIVE'
    taken = published(records)
    publish(records, free)
    loser = scene.boot(scene.flavor('v100:1'), name='asked-loser')
    publish(records, taken)
    assert (loser['status'], loser[HOST]) == ('ERROR', None)
    assert 'maximum number of retries' in loser['fault']['message']

    status, found = explain('asked-loser')
    assert (status, found['server']['uuid'], found['server']['status'],
            found['server']['host'], found['server']['devices']) == (
        1, loser['id'], 'ERROR', None, [])
    assert found['why']['message'] == loser['fault']['message']
    assert found['why']['means'] == (
        'hosts were found, and on each the claim or the build failed')
    assert asked_servers.answers(found) == {
        'gpu-1': 'not now', **dict.fromkeys(
            OTHERS, 'not possible on this host')}
