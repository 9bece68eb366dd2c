# SPDX-License-Identifier: Apache-2.0

"""Builders of pools and requests, and an oracle that decides them slowly.

The oracle reads the statement of the decision word for word, tries every way
to hand out devices, and shares nothing with ``nova_pci_ext.matching``.
"""

import functools
import random

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin

CHILDREN = (DeviceType.VF, DeviceType.VDPA)


def pool(free=1, *, product='0001', dev_type=DeviceType.VF, group=None,
         numa=0, provider=None, addresses=(), **tags):
    """Return a pool; its defaults are boring."""
    kind = PoolClass(
        vendor_id='8086', product_id=product, dev_type=dev_type,
        numa_node=numa, tags=tuple(sorted(tags.items())),
        is_network=bool({'physical_network', 'parent_ifname'} & set(tags)))
    return Pool(kind, group, provider, free, tuple(addresses))


def pf(group, **more):
    """Return the pool of a free PF."""
    return pool(dev_type=DeviceType.PF, group=group,
                **{'product': '00ff', **more})


def vfs(group, free, **more):
    """Return the pool of the free VFs of a PF."""
    return pool(free, group=group, **more)


def asked(product=None, dev_type=None, **tags):
    """Return an alternative."""
    return Alternative(
        vendor_id=None if product is None else '8086', product_id=product,
        dev_type=dev_type, tags=tuple(sorted(tags.items())))


def request(name, count, *alternatives, policy=NumaPolicy.LEGACY,
            providers=()):
    """Return a request of a flavor, its name being its id."""
    return DeviceRequest(
        request_id=name, name=name, count=count, alternatives=alternatives,
        numa_policy=policy, origin=Origin.FLAVOR, providers=tuple(providers))


def eligible(ask, found, cells):
    """Whether a device of a pool may serve a request (design, rule 3)."""
    kind = found.kind
    tags = dict(kind.tags)
    if not any(_matches(one, kind, tags) for one in ask.alternatives):
        return False
    for dev_type in (DeviceType.PF, DeviceType.VDPA):
        if kind.dev_type == dev_type and not any(
                one.dev_type == dev_type for one in ask.alternatives):
            return False
    if tags.get('remote_managed') == 'true' and not any(
            dict(one.tags).get('remote_managed') == 'true'
            for one in ask.alternatives):
        return False
    if cells is None or ask.numa_policy is NumaPolicy.PREFERRED:
        return True
    node = kind.numa_node
    if node in cells.nodes:
        return True
    if ask.numa_policy is NumaPolicy.SOCKET:
        return node in cells.socket_nodes
    return ask.numa_policy is NumaPolicy.LEGACY and node is None


def _matches(one, kind, tags):
    if one.vendor_id not in (None, kind.vendor_id):
        return False
    if one.product_id not in (None, kind.product_id):
        return False
    if one.dev_type is not None and one.dev_type != kind.dev_type:
        return False
    of_port = {'physical_network', 'remote_managed'} <= dict(one.tags).keys()
    if of_port and (not kind.is_network or kind.dev_type == DeviceType.PCI):
        return False
    return all(tags.get(key) == value for key, value in one.tags)


def conflict(one, other):
    """Whether two pools are a PF and children of it."""
    if one.group is None or one.group != other.group:
        return False
    types = {one.kind.dev_type, other.kind.dev_type}
    return DeviceType.PF in types and not types.isdisjoint(CHILDREN)


def fits(requests, pools, cells=None):
    """Whether all requests can be served, by trying every way."""
    units = []
    for ask in requests:
        if ask.count < 1 or not ask.alternatives:
            return False
        if ask.providers and len(ask.providers) != ask.count:
            return False
        for provider in ask.providers or [None] * ask.count:
            units.append([
                number for number, found in enumerate(pools)
                if eligible(ask, found, cells)
                and provider in (None, found.provider)])
    clashes = [[other for other, two in enumerate(pools)
                if conflict(one, two)] for one in pools]

    @functools.cache
    def place(unit, free):
        if unit == len(units):
            return True
        for number in units[unit]:
            if free[number] > 0 and all(
                    free[other] in (pools[other].free, -1)
                    for other in clashes[number]):
                left = list(free)
                left[number] -= 1
                if place(unit + 1, tuple(left)):
                    return True
        return False

    return place(0, tuple(found.free for found in pools))


class Dice:
    """Small random hosts and requests over all features, from a seed.

    Two scenes in three are lean: few properties, so that requests compete
    for the same devices, and PFs with their own VFs, instead of missing them.
    """

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._lean = seed % 3 != 0

    def scene(self):
        """Return (requests, pools, cells)."""
        pools = self._pools()
        cells = self._cells()
        return self._requests(pools), pools, cells

    def shuffled(self, items):
        """Return the items in another order."""
        items = list(items)
        self._random.shuffle(items)
        return items

    def _chance(self, percent):
        return self._random.randrange(100) < percent

    def _tags(self, fill):
        tags = {}
        if self._chance(fill):
            tags['physical_network'] = self._random.choice(['p1', 'p2'])
        for key in ('trusted', 'remote_managed', 'live_migratable'):
            if self._chance(fill // 3):
                tags[key] = self._random.choice(['true', 'false'])
        return tags

    def _pools(self):
        pools = []
        rich = not self._lean
        for number in range(self._random.randint(1, 4)):
            pools += self._group(f'0000:{number:02x}:00.0', rich)
        return self.shuffled(pools)

    def _group(self, group, rich):
        pick = self._random
        numa = pick.choice([0, 0, 1, 2, None])
        provider = pick.choice([None, f'rp-{group[5:7]}'])
        make = functools.partial(pool, group=group, numa=numa,
                                 provider=provider)
        if self._chance(5 if self._lean else 20):
            return [make(1, dev_type=DeviceType.PCI,
                         product=pick.choice(['0001', '0002']),
                         **self._tags(20 if rich else 0))]
        found = []
        if self._chance(75):
            found.append(make(1, dev_type=DeviceType.PF,
                              product=pick.choice(['00ff', '0001']),
                              **self._tags(30 if rich else 0)))
        for product in pick.sample(['0001', '0002'], pick.randint(0, 2)):
            found.append(make(pick.randint(0, 3), product=product,
                              **self._tags(40 if rich else 0)))
        if self._chance(10):
            found.append(make(1, dev_type=DeviceType.VDPA))
        return found

    def _cells(self):
        if self._chance(70 if self._lean else 40):
            return None
        nodes = frozenset(self._random.sample(
            [0, 1, 2], self._random.randint(1, 2)))
        sockets = self._random.choice([[{0, 1}, {2}], [{0}, {1}, {2}], []])
        return GuestCells(nodes=nodes, socket_nodes=frozenset(
            node for socket in sockets if socket & nodes for node in socket))

    def _requests(self, pools):
        pick = self._random
        found = []
        left = pick.randint(1, 6)
        while left > 0 and len(found) < 4:
            count = pick.randint(1, min(left, 3))
            left -= count
            found.append(self._request(f'r{len(found)}', count, pools))
        return found

    def _request(self, name, count, pools):
        pick = self._random
        providers = sorted({found.provider for found in pools} - {None})
        chosen = ()
        if providers and self._chance(10 if self._lean else 25):
            chosen = [pick.choice(providers) for _ in range(count)]
            if self._chance(5):
                chosen = chosen[1:]
        return request(
            name, count, *(self._asked() for _ in range(pick.randint(1, 2))),
            policy=pick.choice(list(NumaPolicy)), providers=chosen)

    def _asked(self):
        pick = self._random
        if self._lean:
            return asked(
                product=pick.choice([None, None, '0001', '0002']),
                dev_type=pick.choice([None, DeviceType.VF, DeviceType.PF]))
        return asked(
            product=pick.choice([None, '0001', '0002', '00ff']),
            dev_type=pick.choice([None, None, DeviceType.VF, DeviceType.PF,
                                  DeviceType.PF, DeviceType.VDPA]),
            **self._tags(15))
