# SPDX-License-Identifier: Apache-2.0

"""Devices that are providers of their own in Placement.

Where one provider has many VFs, the numbers agree by chance whichever of them
a server holds; here each device has a name in Placement.
"""

import pytest

from cloud import bring_up
from cloud import processes
from cloud import rest
from tests.cloud import gpus
from tests.cloud import race
from tests.cloud import test_moves
from tests.cloud.scene import HOST

RUNS_IN = ('placement',)
NEAR = {'hw__numa_nodes': '1', 'hw__pci_numa_affinity_policy': 'required'}


@pytest.fixture(scope='module', autouse=True)
def gpu_hosts(choice, place, records):
    with gpus.plugged(place, records):
        yield


class Mover:
    """One server, and what it holds and owns after each step."""

    def __init__(self, scene, records):
        self.scene = scene
        self.records = records
        self.server = scene.boot(scene.flavor('a100:2'))
        self.id = self.server['id']

    def act(self, action, body=None, *states):
        """Do something and wait for what comes of it."""
        self.scene.act(self.id, action, body)
        self.server = self.scene.wait(self.id, *states, 'ERROR')
        assert self.server['status'] in states, self.server.get('fault')

    def check(self, count):
        """Wait until the server holds what it owns, and that many.

        The compute gives back what is too much with its next update.
        """
        self._agree(self.id, self.server[HOST], count)

    def check_source(self, host, count):
        """Likewise of the host that the server is about to leave."""
        self._agree(gpus.migration(self.records, self.id), host, count)

    def _agree(self, consumer, host, count):
        def both():
            return (gpus.held(self.records, consumer),
                    gpus.owned(self.records, self.id, host))

        def agree():
            held, owned = both()
            return held == owned and len(owned) == count
        try:
            rest.wait_until('agreement', agree, 30)
        except rest.RestError:
            raise AssertionError(both()) from None


@pytest.fixture
def mover(scene, records):
    found = Mover(scene, records)
    assert found.server['status'] == 'ACTIVE'
    found.check(2)
    return found


def resize(mover, flavor, end, during, after):
    """Move to another flavor, or with the same, and look at each column."""
    source = mover.server[HOST]
    before = len(gpus.owned(mover.records, mover.id, source))
    mover.act(*(('resize', {'flavorRef': flavor}) if flavor else (
        'migrate', None)), 'VERIFY_RESIZE')
    assert mover.server[HOST] != source
    mover.check(during)
    mover.check_source(source, before)
    mover.act(end, None, 'ACTIVE')
    assert (mover.server[HOST] == source) is (end == 'revertResize')
    mover.check(after)


def test_cold_migrations_and_resizes_take_their_providers_along(
        scene, mover):
    bigger, smaller = scene.flavor('a100:3'), scene.flavor('a100:2')
    resize(mover, None, 'confirmResize', 2, 2)
    resize(mover, None, 'revertResize', 2, 2)
    resize(mover, bigger, 'revertResize', 3, 2)
    resize(mover, bigger, 'confirmResize', 3, 3)
    resize(mover, smaller, 'confirmResize', 2, 2)


def test_a_shelved_server_holds_nothing(mover):
    mover.act('shelve', None, 'SHELVED_OFFLOADED')
    mover.check(0)
    mover.act('unshelve', None, 'ACTIVE')
    mover.check(2)


def test_a_live_migration_takes_its_providers_along(mover):
    source = mover.server[HOST]
    mover.act('os-migrateLive', {'host': None, 'block_migration': 'auto'},
              'ACTIVE')
    assert mover.server[HOST] != source
    mover.check(2)
    assert gpus.owned(mover.records, mover.id, source) == []


def test_an_evacuated_server_holds_what_it_owns(place, mover):
    source = mover.server[HOST]
    with test_moves.killed_compute(place, mover.scene, source):
        mover.scene.act(mover.id, 'evacuate', {})
        rest.wait_until('another host', lambda: mover.scene.server(
            mover.id)[HOST] != source)
        mover.server = mover.scene.wait(mover.id, 'SHUTOFF', 'ERROR')
        assert mover.server['status'] == 'SHUTOFF'
    # Nova keeps the allocation of the source until that host is back.
    mover.check(2)
    rest.wait_until('one host', lambda: gpus.owned(
        mover.records, mover.id, source) == [])


def test_four_gpus_of_one_node_are_found_each_time(scene, records):
    """Every host has one GPU in use, and four free ones on a node."""
    others = [scene.boot(scene.flavor('a100:1'), host=host)
              for host in gpus.HOSTS]
    assert [each['status'] for each in others] == ['ACTIVE'] * 3
    seen = []
    for _ in range(20):
        server = scene.boot(scene.flavor('a100:4', **NEAR))
        nodes = {each.kind[3] for each in records.devices()
                 if each.owner == server['id']}
        seen.append((server['status'], len(nodes)))
        scene.delete([server['id']])
    assert seen == [('ACTIVE', 1)] * 20


def test_as_many_servers_run_as_there_is_room_for(scene):
    """Two scheduler workers and twelve servers for six times four GPUs."""
    ended = race.run(scene, scene.flavor('a100:4'), 12)
    print(f'race of 12 servers of four GPUs for 6 places: {ended}')
    assert ended.statuses == {'ACTIVE': 6, 'ERROR': 6}


def test_several_servers_of_one_request_take_gpus_of_their_own(
        scene, records):
    scene.calls.compute('POST', '/servers', {'server': {
        'name': 'many', 'flavorRef': scene.flavor('a100:3'),
        'imageRef': scene.image, 'networks': 'none', 'min_count': 6,
        'max_count': 6, 'return_reservation_id': True}})
    servers = [scene.wait(server_id, 'ACTIVE', 'ERROR')
               for server_id in scene.servers()]
    assert [each['status'] for each in servers] == ['ACTIVE'] * 6
    for server in servers:
        rest.wait_until('agreement', lambda server=server: (
            gpus.held(records, server['id'])
            == gpus.owned(records, server['id'], server[HOST])), 30)


def test_devices_of_a_restarted_compute_stay_held(place, mover):
    name = f'compute-{mover.server[HOST]}'
    processes.terminate(place, name)
    bring_up.start(place, [name])
    mover.check(2)
