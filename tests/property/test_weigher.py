# SPDX-License-Identifier: Apache-2.0

"""What is kept of hosts and servers gives the weights of the definition."""

import random

import pytest

from nova_pci_ext.matching import changes
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.rooms import Room
from nova_pci_ext.model.device_set import GROUP_TAG
from tests import pci_hosts
from tests import plain_weigher

pytestmark = pytest.mark.property
SEEDS = range(150)
CALLS = 12
ROOMS = [None, Room(0, 0), Room(2 * CARD, CARD // 2), Room(3 * CARD, CARD),
         Room(99 * CARD, 98 * CARD)]


class Cloud:
    """Hosts that change between calls, and what a few flavors ask."""

    def __init__(self, seed):
        self._pick = random.Random(seed)
        self._scenes = seed * 1000
        self.hosts = [self._host() for _ in range(self._pick.randint(1, 8))]
        # Twins, such as most hosts of a cloud are.
        self.hosts += self.hosts[:self._pick.randint(0, 3)]
        self._flavors = [(), *(tuple(self._scene()[0]) for _ in range(4))]

    def _scene(self):
        self._scenes += 1
        return pci_hosts.Dice(self._scenes).scene()

    def _host(self):
        pools = self._scene()[1]
        kind = self._pick.randrange(6)
        if kind == 0:  # As an old compute publishes them.
            pools = [found._replace(group=None) for found in pools]
        elif kind == 1:  # A larger card than before.
            pools = [found if found.is_pf else found._replace(
                free=2 * found.free) for found in pools]
        elif kind == 2:
            pools = [found._replace(place=(
                (f'{GROUP_TAG}a', self._pick.choice(
                    ['x:2', 'y:2', 'x:4'])),))
                for found in pools]
        return tuple(pools)

    def call(self):
        """Change some hosts; return those of a call, and the requests."""
        for _ in range(self._pick.randint(0, 2)):
            self.hosts[self._pick.randrange(len(self.hosts))] = self._host()
        chosen = self._pick.sample(self.hosts, self._pick.choice(
            [len(self.hosts), self._pick.randint(0, len(self.hosts))]))
        return ([(pools, self._pick.choice(ROOMS)) for pools in chosen],
                self._pick.choice(self._flavors))


def weigh(kept, hosts, requests):
    """Return the score of each host by what is kept."""
    kept.expect(len(hosts))
    holdings = [kept.hold(pools) for pools, _ in hosts]
    shifts = kept.shifts(holdings)
    return [kept.weigh(holding, kept.want(requests, holding.labels), room,
                       shifts)
            for holding, (_, room) in zip(holdings, hosts, strict=True)]


@pytest.mark.parametrize('limit', [1, 1000])
def test_what_is_kept_changes_no_weight(limit):
    for seed in SEEDS:
        cloud, plain = Cloud(seed), plain_weigher.PlainWeigher()
        kept = changes.Changes(limit)
        for call in range(CALLS):
            hosts, requests = cloud.call()
            requests = tuple(nameless(requests))
            assert weigh(kept, hosts, requests) == plain.weigh(
                hosts, requests), (seed, call)


def nameless(requests):
    """Yield requests as the weigher asks them."""
    for request in requests:
        yield pci_hosts.request(
            None, request.count, *request.alternatives,
            policy=request.numa_policy, providers=request.providers)
