# SPDX-License-Identifier: Apache-2.0

"""Small random hosts and requests with device sets, and a slow oracle.

The oracle hands out device after device in every way and asks at the end
whether each set holds, as its definition says; it shares nothing with
``nova_pci_ext.matching``.
"""

import collections
import dataclasses

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from tests.pci_hosts import asked
from tests.pci_hosts import conflict
from tests.pci_hosts import Dice
from tests.pci_hosts import eligible
from tests.pci_hosts import pool
from tests.pci_hosts import request

#: Of sets that one server has by itself; see ``bandwidth_hosts``.
RULES = (SetRule.SAME, SetRule.DISTINCT, SetRule.PAIR, SetRule.GROUP)
ATTRIBUTES = ('numa_node', 'pcie_root', 'pcie_switch', 'pf', 'card', 'rail')


def constraint(rule, attribute, *members):
    """Return a constraint on requests by their positions."""
    return SetConstraint(
        rule=rule, attribute=attribute, members=members,
        text=f'{rule}={attribute}:'
             f'{",".join(str(list(member)) for member in members)}')


def placed(found, groups=None, **place):
    """Return a pool with place tags.

    :param groups: of each type, {name: size}
    """
    tags = dict(place)
    for kind, sizes in (groups or {}).items():
        tags[f'device_group_{kind}'] = ','.join(
            f'{name}:{size}' for name, size in sorted(sizes.items()))
    return found._replace(place=tuple(sorted(tags.items())))


def value(attribute, pool):
    """Return what a pool has for an attribute."""
    place = dict(pool.place)
    match attribute:
        case 'numa_node':
            return pool.kind.numa_node
        case 'pf':
            return None if pool.kind.dev_type == DeviceType.PCI else (
                pool.group)
        case 'card':
            return place.get('card') or (pool.group or '')[:-2] or None
        case 'pcie_root' | 'pcie_switch':
            return place.get(attribute)
    return dict(pool.kind.tags).get(attribute)


def groups(kind, pool):
    """Return the groups of a type that a pool's devices are in."""
    text = dict(pool.place).get(f'device_group_{kind}', '')
    return {name: int(size) for name, size in (
        item.split(':') for item in text.split(',') if item)}


def holds(found, taken):
    """Whether a set holds.

    :param taken: the pools of the devices of each request
    """
    members = [[pool for position in member for pool in taken[position]]
               for member in found.members]
    devices = [pool for position in sorted({
        position for member in found.members for position in member})
        for pool in taken[position]]
    values = [value(found.attribute, pool) for pool in devices]
    match found.rule:
        case SetRule.SAME:
            return None not in values and len(set(values)) <= 1
        case SetRule.DISTINCT:
            return None not in values and len(set(values)) == len(values)
        case SetRule.PAIR:
            one, other = (collections.Counter(
                value(found.attribute, pool) for pool in member)
                for member in members)
            return None not in one and one == other
    names = [groups(found.attribute, pool) for pool in devices]
    return not names or any(
        all(each.get(name) == size == len(devices) for each in names)
        for name, size in names[0].items())


def fits(servers, pools):
    """Whether servers can be served together, by trying every way.

    :param servers: (requests, constraints) of each
    """
    units = [(number, position, [
        index for index, pool in enumerate(pools)
        if eligible(request, pool, None)])
        for number, (requests, _) in enumerate(servers)
        for position, request in enumerate(requests)
        for _ in range(request.count)]
    return any(_hold(servers, units, chosen, pools)
               for chosen in ways(units, pools))


def ways(units, pools, chosen=()):
    """Yield the pool of each unit in every way that has enough devices.

    Units of one request are interchangeable: their pools are in order.
    """
    if len(chosen) == len(units):
        yield chosen
        return
    number, position, possible = units[len(chosen)]
    before = units[len(chosen) - 1][:2] if chosen else None
    least = chosen[-1] if before == (number, position) else 0
    for index in possible:
        if index >= least and chosen.count(index) < pools[index].free and (
                not any(conflict(pools[index], pools[other])
                        for other in set(chosen))):
            yield from ways(units, pools, (*chosen, index))


def _hold(servers, units, chosen, pools):
    taken = collections.defaultdict(list)
    for (number, position, _), index in zip(units, chosen, strict=True):
        taken[number, position].append(pools[index])
    return all(holds(found, [taken[number, position]
                             for position in range(len(requests))])
               for number, (requests, constraints) in enumerate(servers)
               for found in constraints)


class SetDice(Dice):
    """Random servers with sets on random small hosts.

    Most devices serve most requests, so that it is the sets that decide.
    """

    def scene(self):
        """Return (servers, pools)."""
        pick = self._random
        pools = self.shuffled(
            self._placed(found) for number in range(pick.randint(3, 6))
            for found in self._card(f'0000:{number:02x}:00.0'))
        servers = [self._server()]
        if self._chance(15):
            servers *= 2
        return servers, pools

    def _card(self, group):
        pick = self._random
        numa = pick.choice([0, 0, 1, None])
        kind = pick.choice([DeviceType.VF, DeviceType.VF, DeviceType.PCI])
        found = [pool(1 if kind is DeviceType.PCI else pick.randint(1, 2),
                      group=group, numa=numa, dev_type=kind,
                      product=pick.choice(['0001'] * 5 + ['0002']))]
        if kind is DeviceType.VF and self._chance(30):
            found.append(pool(1, group=group, numa=numa,
                              dev_type=DeviceType.PF, product='0001'))
        return found

    def _server(self):
        pick = self._random
        requests = [request(
            f'r{number}', pick.randint(1, 2),
            asked(product=pick.choice([None] * 6 + ['0001', '0002']),
                  dev_type=pick.choice([None] * 9 + [DeviceType.PF])))
            for number in range(pick.randint(1, 3))]
        return requests, [self._constraint(requests)
                          for _ in range(pick.choice([1, 1, 1, 2, 3]))]

    def _constraint(self, requests):
        pick = self._random
        rule = pick.choice(RULES)
        positions = self.shuffled(range(len(requests)))
        if rule is SetRule.GROUP:
            return constraint(rule, 'link', tuple(positions[:1]))
        attribute = pick.choice(ATTRIBUTES)
        if rule is not SetRule.PAIR:
            return constraint(rule, attribute, *(
                (position,) for position
                in positions[:pick.randint(1, len(requests))]))
        if len(positions) > 1:
            # Counts that differ are a fault of the request.
            one, other = positions[:2]
            requests[other] = dataclasses.replace(
                requests[other], count=requests[one].count)
        return constraint(rule, attribute, tuple(positions[:1]),
                          tuple(positions[1:2]))

    def _placed(self, pool):
        pick = self._random
        place = {}
        for key in ('pcie_root', 'pcie_switch'):
            if self._chance(85):
                place[key] = pick.choice(['0000:40:00.0', '0000:50:00.0'])
        if self._chance(20):
            place['card'] = pick.choice(['serial1', 'serial2'])
        found = {name: pick.choice([1, 2, 2, 3]) for name in ('a', 'b')
                 if self._chance(60)}
        if self._chance(50):
            pool = pool._replace(kind=_with_tag(
                pool.kind, 'rail', pick.choice(['r1', 'r2'])))
        return placed(pool, {'link': found} if found else {}, **place)


class GroupDice(Dice):
    """Random servers with groups on hosts whose groups overlap."""

    def scene(self):
        """Return (servers, pools)."""
        pick = self._random
        count = pick.randint(4, 7)
        members = {f'g{number}': pick.sample(range(count), pick.choice(
            [2, 2, 2, 3])) for number in range(pick.randint(2, 7))}
        pools = [placed(
            pool(group=f'0000:{number:02x}:00.0', dev_type=DeviceType.PCI,
                 numa=pick.choice([0, 1])),
            {'link': {name: len(found) for name, found in members.items()
                      if number in found}}) for number in range(count)]
        return [self._server() for _ in range(pick.randint(1, 3))], (
            self.shuffled(pools))

    def _server(self):
        pick = self._random
        requests = [request(f'r{number}', pick.choice([2, 2, 3]), asked())
                    for number in range(pick.choice([1, 1, 2]))]
        found = [constraint(SetRule.GROUP, 'link', (number,))
                 for number in range(len(requests))]
        if self._chance(25):
            found.append(constraint(pick.choice(
                [SetRule.SAME, SetRule.DISTINCT]), 'numa_node', (0,)))
        return requests, found


def _with_tag(kind, name, found):
    return dataclasses.replace(kind, tags=tuple(sorted(
        {**dict(kind.tags), name: found}.items())))


def unequal(servers):
    """Whether a pair of any server has members of different size."""
    return any(
        found.rule is SetRule.PAIR and len({
            sum(requests[position].count for position in member)
            for member in found.members}) > 1
        for requests, constraints in servers for found in constraints)
