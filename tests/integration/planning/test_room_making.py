# SPDX-License-Identifier: Apache-2.0

"""Moves among recorded hosts; a cloud's are in quickstart/test_moved_apart."""

import random

import pytest
from nova import objects

from nova_pci_ext import install
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning import room_making
from nova_pci_ext.planning.moving import Found
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import Plan
from tests.integration.planning import gpus
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE = '11111111-1111-4111-8111-111111111111'


def test_the_plan_comes_with_what_is_not_known():
    install.install(Part.EXPLAIN)
    objects.register_all()
    assert room_making.of_recordings(
        recorded.server('vf:3'),
        [recorded.host('busy'), recorded.host('one-card')], recorded.load(),
        2) == room_making.RoomMade(
            found=Found(ruled_out=0, plans=(Plan(host='busy', moves=(Move(
                server=ONE, source='busy', target='one-card'),)),)),
            most=2, names={ONE: ONE},
            unknown={ONE: recorded_movers.UNKNOWN}, has_room=False)


class Counts:
    """Hosts of four GPUs by how many are free: shares nothing with ours."""

    def __init__(self, sizes):
        self.free = {host: 4 - sum(found) for host, found in sizes.items()}
        self.at = {(host, number): (host, size)
                   for host, found in sizes.items()
                   for number, size in enumerate(found)}

    def fewest(self, new, most):
        """Return the fewest moves after which a server fits, or None."""
        states = [(self.free, self.at)]
        for size in range(most + 1):
            if any(max(free.values()) >= new for free, _ in states):
                return size
            states = [moved for free, at in states
                      for moved in after_one_move(free, at)]
        return None


def after_one_move(free, at):
    """Yield what each single move makes of some hosts."""
    for server, (source, size) in at.items():
        for target in free:
            if target != source and free[target] >= size:
                yield ({**free, source: free[source] + size,
                        target: free[target] - size},
                       {**at, server: (target, size)})


def random_sizes(chance):
    """Return the GPUs of the servers of three hosts."""
    found = {}
    for host in 'abc':
        sizes = []
        while sum(sizes) < chance.randint(1, 4):
            sizes.append(chance.randint(1, 4 - sum(sizes)))
        found[host] = tuple(sizes)
    return found


def gpu_hosts(sizes):
    """Return those hosts; equal ones differ in the owners only."""
    owners = {(host, number): f'{ord(host):08x}-0000-4000-8000-{number:012}'
              for host, found in sizes.items()
              for number in range(len(found))}
    made = []
    for host, found in sizes.items():
        has = [owners[host, number] for number, size in enumerate(found)
               for _ in range(size)]
        made.append(gpus.host(host, [*has, *[None] * (4 - len(has))]))
    return made, {owner: server for server, owner in owners.items()}


@pytest.mark.parametrize('seed', range(40))
def test_plans_of_counted_gpus_are_right_and_the_smallest(seed, tmp_path):
    chance = random.Random(seed)
    sizes, new = random_sizes(chance), chance.randint(2, 4)
    counts = Counts(sizes)
    fewest = counts.fewest(new, 2)
    inventories, servers = gpu_hosts(sizes)
    install.install(Part.EXPLAIN)
    objects.register_all()
    found = room_making.of_recordings(
        ServerRequest(extra_specs={'pci_passthrough:alias': f'gpu:{new}'}),
        inventories, gpus.load(tmp_path), 2).found
    if not fewest:
        assert not found.plans or fewest == 0
        return
    assert {len(plan.moves) for plan in found.plans} == {fewest}
    for plan in found.plans:
        free, at = dict(counts.free), dict(counts.at)
        for move in plan.moves:
            source, size = at[servers[move.server]]
            assert (source, free[move.target] >= size) == (move.source, True)
            free[source] += size
            free[move.target] -= size
            at[servers[move.server]] = move.target, size
        assert free[plan.host] >= new


@pytest.mark.parametrize('seed', range(40))
def test_plans_of_counted_gpus_gain_what_they_promise(seed, tmp_path):
    chance = random.Random(1000 + seed)
    sizes, new = random_sizes(chance), chance.randint(2, 4)
    counts = Counts(sizes)
    inventories, servers = gpu_hosts(sizes)
    found = room_making.rebalance_recordings(
        ServerRequest(extra_specs={'pci_passthrough:alias': f'gpu:{new}'}),
        inventories, gpus.load(tmp_path), 4).found
    free, at = dict(counts.free), dict(counts.at)
    assert found.fit == sum(each // new for each in free.values())
    for step in found.steps:
        for move in step.moves:
            source, size = at[servers[move.server]]
            assert (source, free[move.target] >= size) == (move.source, True)
            free[source] += size
            free[move.target] -= size
            at[servers[move.server]] = move.target, size
        assert step.fit == sum(each // new for each in free.values())
