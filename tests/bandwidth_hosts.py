# SPDX-License-Identifier: Apache-2.0

"""Small random hosts with bandwidth budgets, and a slow oracle.

The oracle hands out device after device in every way, sums up what each PF
has given, and asks whether any is overspent; it shares nothing with
``nova_pci_ext.matching``.
"""

import collections

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from tests import set_hosts
from tests.pci_hosts import asked
from tests.pci_hosts import Dice
from tests.pci_hosts import eligible
from tests.pci_hosts import pool
from tests.pci_hosts import request


def limited(found, left, whole=None):
    """Return a pool whose PF has a budget with so much left."""
    place = {**dict(found.place),
             'bandwidth_left_mbps': f'{left}/{whole or max(left, 10)}'}
    return found._replace(place=tuple(sorted(place.items())))


def takes(mbps, *positions):
    """Return a constraint: each device of these requests takes so much."""
    return set_hosts.constraint(SetRule.BANDWIDTH, str(mbps), positions)


def left(pool):
    """Return what the PF of a pool has left, None without a budget."""
    text = dict(pool.place).get('bandwidth_left_mbps')
    return None if text is None else int(text.partition('/')[0])


def mbps(constraints, position):
    """Return what each device of a request takes; 0 for nothing."""
    return max((int(each.attribute) for each in constraints
                if each.rule is SetRule.BANDWIDTH
                and position in each.members[0]), default=0)


def fits(servers, pools):
    """Whether servers can be served together, by trying every way."""
    units = [(number, position, [
        index for index, pool in enumerate(pools)
        if eligible(request, pool, None)])
        for number, (requests, _) in enumerate(servers)
        for position, request in enumerate(requests)
        for _ in range(request.count)]
    return any(_hold(servers, units, chosen, pools)
               for chosen in set_hosts.ways(units, pools))


def _hold(servers, units, chosen, pools):
    taken = collections.defaultdict(list)
    for (number, position, _), index in zip(units, chosen, strict=True):
        taken[number, position].append(pools[index])
    return within([
        (found, mbps(servers[number][1], position))
        for (number, position), each in taken.items() for found in each]
        ) and all(
            set_hosts.holds(found, [taken[number, position]
                                    for position in range(len(requests))])
            for number, (requests, constraints) in enumerate(servers)
            for found in constraints if found.rule is not SetRule.BANDWIDTH)


def within(devices):
    """Whether no budget is overspent.

    :param devices: (pool, what it takes) of each
    """
    spent = collections.Counter()
    has = {}
    for found, wanted in devices:
        if wanted:
            if left(found) is None:
                return False
            spent[found.group] += wanted
            has[found.group] = left(found)
    return all(has[group] >= number for group, number in spent.items())


class BandwidthDice(Dice):
    """Random servers that take of budgets, on random small hosts.

    Most devices serve most requests, so that it is the budgets that decide.
    """

    def scene(self):
        """Return (servers, pools)."""
        pick = self._random
        pools = self.shuffled(
            found for number in range(pick.randint(1, 4))
            for found in self._card(f'0000:{number:02x}:00.0'))
        servers = [self._server() for _ in range(pick.choice([1, 1, 2, 3]))]
        if self._chance(20):
            servers = servers[:1] * 2
        return servers, pools

    def _card(self, group):
        pick = self._random
        numa = pick.choice([0, 0, 1, None])
        kind = pick.choice([DeviceType.VF] * 5 + [DeviceType.PCI])
        found = [pool(1 if kind is DeviceType.PCI else pick.randint(1, 3),
                      group=group, numa=numa, dev_type=kind,
                      product=pick.choice(['0001'] * 5 + ['0002']))]
        if kind is DeviceType.VF and self._chance(20):
            found.append(pool(pick.randint(1, 2), group=group, numa=numa,
                              dev_type=kind, product='0002'))
        if kind is DeviceType.VF and self._chance(40):
            found.append(pool(1, group=group, numa=numa,
                              dev_type=DeviceType.PF, product='0001'))
        if self._chance(90):
            budget = pick.choice([2, 3, 5, 6, 7, 8, 10])
            found = [limited(each, budget) for each in found]
        return found

    def _server(self):
        pick = self._random
        requests = [request(
            f'r{number}', pick.choice([1, 1, 2, 3]),
            asked(product=pick.choice([None] * 6 + ['0001', '0002']),
                  dev_type=pick.choice([None] * 8 + [DeviceType.PF])))
            for number in range(pick.choice([1, 1, 2]))]
        constraints = [takes(pick.choice([1, 2, 3, 4, 5, 6]), number)
                       for number in range(len(requests))
                       if self._chance(75)]
        if self._chance(25):
            constraints.append(set_hosts.constraint(
                pick.choice([SetRule.SAME, SetRule.DISTINCT]),
                pick.choice(['numa_node', 'pf', 'card']),
                tuple(range(len(requests)))))
        if len(requests) == 2 and self._chance(15) and (
                requests[0].count == requests[1].count):
            constraints.append(set_hosts.constraint(
                SetRule.PAIR, 'pf', (0,), (1,)))
        return requests, constraints


class GroupDice(BandwidthDice):
    """The same, where devices are in groups of a type that servers ask for."""

    def scene(self):
        """Return (servers, pools)."""
        pick = self._random
        servers, pools = super().scene()
        sizes = {name: pick.choice([1, 2, 2, 3]) for name in ('a', 'b')}
        return ([(requests, [*constraints, *self._groups(len(requests))])
                 for requests, constraints in servers],
                [self._grouped(each, sizes) for each in pools])

    def _grouped(self, found, sizes):
        mine = {name: size for name, size in sizes.items()
                if self._chance(60)}
        return set_hosts.placed(found, {'link': mine} if mine else {},
                                **dict(found.place))

    def _groups(self, count):
        """Yield groups that a server of so many requests asks for."""
        if self._chance(70):
            yield set_hosts.constraint(
                SetRule.GROUP, 'link', (self._random.randrange(count),))
        if count == 2 and self._chance(25):
            yield set_hosts.constraint(SetRule.GROUP, 'link', (0, 1))
