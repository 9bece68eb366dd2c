# SPDX-License-Identifier: Apache-2.0

"""The free devices of a compute, in pools, with an index by address.

Each operation costs in proportion to the devices that it touches, however
many the host has.
"""

import bisect
import collections
import heapq
import itertools
import typing
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import novaobj
from nova_pci_ext.matching import bandwidth
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import preferences
from nova_pci_ext.matching.pool_keys import pool_key
from nova_pci_ext.model.device import excludes
from nova_pci_ext.model.device_set import BANDWIDTH_LEFT
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Take
from nova_pci_ext.novaobj import protocols

PoolDict = dict[str, typing.Any]


class Chosen(typing.NamedTuple):
    """A device that was chosen for a request.

    :ivar bandwidth_mbps: what it takes of the budget of its PF
    """

    dev: protocols.PciDevice
    request_id: str | None
    bandwidth_mbps: int = 0


class _Home(typing.NamedTuple):
    """Where a device belongs, as it was when it was added last."""

    dev: protocols.PciDevice
    properties: Mapping[str, object]
    key: Hashable


class DevicePools:
    """Pools as Nova shows them: dicts with ``count`` and ``devices``.

    :param pools: taken over, not copied; pools with few keys first as in Nova
    """

    def __init__(self, pools: list[PoolDict]) -> None:
        self._pools = pools
        self._compiled: tuple[Pool, ...] | None = None
        # What is compiled of each pool that nobody has changed since, by its
        # identity; it is unique while the pool is here.
        self._known: dict[int, Pool] = {}
        # What is published of the budget of each PF that has one.
        self._budgets: dict[str | None, str] = {}
        self._merged: tuple[demands.Ask, demanded.Demands] | None = None
        self._left: dict[str, _Home] = {}
        # One dict for all devices that have the same properties.
        self._shared: dict[Hashable, Mapping[str, object]] = {}
        self._by_key: dict[Hashable, PoolDict] = {}
        self._groups: dict[str | None, list[PoolDict]] = {}
        self._homes: dict[str, list[PoolDict]] = {}
        for pool in pools:
            self._by_key.setdefault(pool_key(pool), pool)
            self._groups.setdefault(pool.get('address'), []).append(pool)
            for dev in pool.get('devices', ()):
                self._homes.setdefault(dev.address, []).append(pool)

    @property
    def pools(self) -> list[PoolDict]:
        """The live list, which anybody may change."""
        self._compiled = None
        self._known.clear()
        return self._pools

    def shown(self) -> Sequence[Mapping[str, object]]:
        """Return the pools for whoever does not change them."""
        return self._pools

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about, for ``matching``."""
        if self._compiled is None:
            known = self._known
            new = [pool for pool in self._pools if id(pool) not in known]
            known.update(zip(map(id, new), novaobj.pools_from_dicts(new),
                             strict=True))
            self._compiled = tuple([known[id(pool)] for pool in self._pools])
        return self._compiled

    def _changed(self, pool: Mapping[str, object]) -> None:
        self._compiled = None
        self._known.pop(id(pool), None)

    def remaining(self) -> tuple[Pool, ...]:
        """Return what is free: everything."""
        return self.compiled()

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what is asked of the pools if an instance asks.

        Nova asks whether an instance fits, and then claims for it: what the
        rules said of the pools is remembered until another one asks.
        """
        if self._merged is None or self._merged[0] != ask:
            self._merged = ask, demands.merge([ask])
        return self._merged[1]

    def add(self, dev: protocols.PciDevice, properties: PoolDict) -> None:
        """Add a free device to the pool of its properties.

        A pool holds an address once, however often it is reported.
        """
        self._add(dev.address, self._home(dev, properties))

    def _home(self, dev: protocols.PciDevice,
              properties: Mapping[str, object]) -> _Home:
        key = pool_key(properties)
        return _Home(dev, self._shared.setdefault(key, properties), key)

    def give_back(self, dev: protocols.PciDevice, address: str) -> bool:
        """Add a device that was here before, and that nobody has changed.

        :param address: of the device
        :returns: whether it was; then it is here again
        """
        home = self._left.get(address)
        if home is None or home.dev is not dev:
            return False
        self._add(address, home)
        return True

    def forget(self, address: str) -> None:
        """Forget the properties of a device: they are to be read anew."""
        self._left.pop(address, None)

    def forget_all(self) -> None:
        """Forget the properties of all devices."""
        self._left.clear()
        self._shared.clear()

    def _add(self, address: str, home: _Home) -> None:
        dev, properties, key = home
        self._left[address] = home
        pool = self._by_key.get(key)
        if any(other is pool for other in self._homes.get(address, ())):
            return
        if pool is None:
            pool = dict(properties, count=0, devices=[])
            group = pool.get('address')
            if group in self._budgets:
                pool[BANDWIDTH_LEFT] = self._budgets[group]
            self._by_key[key] = pool
            self._groups.setdefault(group, []).append(pool)
            bisect.insort(self._pools, pool, key=len)
        self._changed(pool)
        # Devices come back from a claim with the provider they had.
        if 'rp_uuid' not in pool and (
                provider := dev.extra_info.get('rp_uuid')):
            pool['rp_uuid'] = provider
        pool['count'] += 1
        pool['devices'].append(dev)
        self._homes.setdefault(address, []).append(pool)

    def set_budget(self, group: str, budget: str | None) -> None:
        """Note what is left of the budget of a PF, for all of its pools.

        :param budget: as it is published; None where it has none
        """
        if self._budgets.get(group) == budget:
            return
        if budget is None:
            del self._budgets[group]
        else:
            self._budgets[group] = budget
        for pool in self._groups.get(group, ()):
            pool.pop(BANDWIDTH_LEFT, None)
            if budget is not None:
                pool[BANDWIDTH_LEFT] = budget
            self._changed(pool)

    def holds(self, address: str) -> bool:
        """Whether a device of this address is in a pool."""
        return address in self._homes

    def home(self, dev: protocols.PciDevice) -> PoolDict | None:
        """Return the pool that holds a device, None when none does."""
        found = self._find(dev)
        return found[0] if found else None

    def move(self, dev: protocols.PciDevice, pool: PoolDict,
             properties: PoolDict) -> None:
        """Have a device in the pool of its properties.

        :param pool: that holds it
        """
        home = self._home(dev, properties)
        if home.key == pool_key(pool):
            self._left[dev.address] = home
        else:
            self.remove([dev])
            self._add(dev.address, home)

    def remove(self, devices: Iterable[protocols.PciDevice]) -> None:
        """Take out those of these devices that are here; empty pools go."""
        emptied = []
        for dev in devices:
            found = self._find(dev)
            if found is not None:
                self.take(dev, *found)
                pool, _ = found
                if not pool['devices']:
                    emptied.append(pool)
        self.drop(emptied)

    def take(self, dev: protocols.PciDevice, pool: PoolDict,
             place: int | None = None) -> None:
        """Take a device out, and leave even an empty pool where it is.

        :param place: of the device in the pool, None where it is not known
        """
        if place is None:
            place = _place(dev, pool['devices'])
        if place is not None:
            del pool['devices'][place]
        pool['count'] -= 1
        self._changed(pool)
        self._leave(dev, pool)

    def drop(self, pools: Iterable[PoolDict]) -> None:
        """Remove pools and every device in them, in one pass."""
        dropped = {id(pool): pool for pool in pools}
        if not dropped:
            return
        for pool in dropped.values():
            self._changed(pool)
            for dev in pool['devices']:
                self._leave(dev, pool)
            del self._by_key[pool_key(pool)]
            group = pool.get('address')
            self._groups[group] = [
                held for held in self._groups[group] if held is not pool]
        self._pools[:] = [
            pool for pool in self._pools if id(pool) not in dropped]
        self._compiled = None

    def choose(self, takes: Sequence[Take],
               ) -> list[Chosen]:
        """Return the devices that an assignment on these pools takes.

        :returns: in the order of the takes
        """
        return [Chosen(dev, take.request_id, take.bandwidth_mbps)
                for take, dev in self._chosen(takes)]

    def hand_out(self, takes: Sequence[Take]) -> list[protocols.PciDevice]:
        """Carry out an assignment on these pools.

        Relatives that can no longer be given out leave the pools too.

        :returns: the devices with their request ids set, in the order of
            the takes
        """
        devices = []
        for take, dev in self._chosen(takes):
            self.take(dev, self._pools[take.position])
            dev.request_id = take.request_id
            devices.append(dev)
        self.drop([relative for take in takes
                   for relative in self._groups.get(take.pool.group, ())
                   if _exclude(take.pool, relative)])
        return devices

    def _chosen(self, takes: Sequence[Take],
                ) -> list[tuple[Take, protocols.PciDevice]]:
        counts: collections.Counter[int] = collections.Counter()
        for take in takes:
            counts[take.position] += take.count
        # Nova takes the last device of a pool, and its own tests know which
        # one that is.
        waiting = {position: iter(heapq.nlargest(
            count, self._pools[position]['devices'],
            key=lambda dev: preferences.address_key(dev.address)))
            for position, count in counts.items()}
        return [(take, dev) for take in takes for dev in itertools.islice(
            waiting[take.position], take.count)]

    def without(self, found: Assignment) -> list[PoolDict]:
        """Return copies of the pools with what an assignment leaves."""
        gone = bandwidth.taken(found.takes)
        taken: dict[int, int] = {}
        sources: dict[str | None, list[Pool]] = {}
        for take in found.takes:
            if take.position not in taken:
                sources.setdefault(take.pool.group, []).append(take.pool)
            taken[take.position] = taken.get(take.position, 0) + take.count
        left = []
        for position, pool in enumerate(self._pools):
            count = pool['count'] - taken.get(position, 0)
            if count and not any(_exclude(source, pool) for source
                                 in sources.get(pool.get('address'), ())):
                pool = dict(pool, count=count)
                mbps = gone.get(pool.get('address'))
                if mbps and pool.get(BANDWIDTH_LEFT):
                    pool[BANDWIDTH_LEFT] = bandwidth.less(
                        pool[BANDWIDTH_LEFT], mbps)
                left.append(pool)
        return left

    def _find(self, dev: protocols.PciDevice) -> tuple[PoolDict, int] | None:
        """Return the pool that holds a device, and its place in there."""
        for pool in self._homes.get(dev.address, ()):
            place = _place(dev, pool['devices'])
            if place is not None:
                return pool, place
        return None

    def _leave(self, dev: protocols.PciDevice, pool: PoolDict) -> None:
        address = dev.address
        homes = [home for home in self._homes[address] if home is not pool]
        if homes:
            self._homes[address] = homes
        else:
            del self._homes[address]


def _place(dev: protocols.PciDevice,
           devices: list[protocols.PciDevice]) -> int | None:
    """Return where a device is in a list, or one that is equal.

    Nova compares all fields of two devices: a hundred times the cost of
    looking whether they are one object.
    """
    for place, held in enumerate(devices):
        if held is dev:
            return place
    address = dev.address
    for place, held in enumerate(devices):
        if held.address == address and held == dev:
            return place
    return None


def _exclude(taken: Pool, pool: PoolDict) -> bool:
    """Whether taking from one pool makes the devices of another unusable."""
    return (taken.group is not None and taken.group == pool.get('address')
            and excludes(taken.kind.dev_type, pool.get('dev_type')))
