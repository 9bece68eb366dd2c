# SPDX-License-Identifier: Apache-2.0

"""The free devices of a compute, in pools, with an index by address.

Each operation costs in proportion to the devices that it touches, however
many the host has.
"""

import bisect
import typing
from collections.abc import Hashable
from collections.abc import Iterable

from nova_pci_ext.handing_out import published
from nova_pci_ext.model.device import excludes
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Take

PoolDict = dict[str, typing.Any]


class DevicePools:
    """Pools as Nova shows them: dicts with ``count`` and ``devices``.

    :ivar pools: the live list, pools with few keys first as in Nova
    """

    def __init__(self, pools: list[PoolDict]) -> None:
        self.pools = pools
        self._by_key: dict[Hashable, PoolDict] = {}
        self._groups: dict[str | None, list[PoolDict]] = {}
        self._homes: dict[str, list[PoolDict]] = {}
        for pool in pools:
            self._by_key.setdefault(_key(pool), pool)
            self._groups.setdefault(pool.get('address'), []).append(pool)
            for dev in pool.get('devices', ()):
                self._homes.setdefault(dev.address, []).append(pool)

    def add(self, dev: typing.Any, properties: PoolDict) -> None:
        """Add a free device to the pool of its properties.

        A pool holds an address once, however often it is reported.
        """
        key = _key(properties)
        pool = self._by_key.get(key)
        if any(home is pool for home in self._homes.get(dev.address, ())):
            return
        if pool is None:
            pool = dict(properties, count=0, devices=[])
            self._by_key[key] = pool
            self._groups.setdefault(pool.get('address'), []).append(pool)
            bisect.insort(self.pools, pool, key=len)
        # Devices come back from a claim with the provider they had.
        if dev.extra_info.get('rp_uuid'):
            pool.setdefault('rp_uuid', dev.extra_info['rp_uuid'])
        pool['count'] += 1
        pool['devices'].append(dev)
        self._homes.setdefault(dev.address, []).append(pool)

    def holds(self, address: str) -> bool:
        """Whether a device of this address is in a pool."""
        return address in self._homes

    def home(self, dev: typing.Any) -> PoolDict | None:
        """Return the pool that holds a device, None when none does."""
        for pool in self._homes.get(dev.address, ()):
            if any(held is dev or held == dev for held in pool['devices']):
                return pool
        return None

    def belongs(self, pool: PoolDict, properties: PoolDict) -> bool:
        """Whether a device of these properties belongs into a pool."""
        return _key(pool) == _key(properties)

    def remove(self, dev: typing.Any, pool: PoolDict) -> None:
        """Take a device out; an empty pool goes too."""
        self.take(dev, pool)
        if not pool['devices']:
            self.drop([pool])

    def take(self, dev: typing.Any, pool: PoolDict) -> None:
        """Take a device out, and leave even an empty pool where it is."""
        devices = pool['devices']
        for position, held in enumerate(devices):
            if held is dev or held == dev:
                del devices[position]
                break
        pool['count'] -= 1
        self._leave(dev, pool)

    def drop(self, pools: Iterable[PoolDict]) -> None:
        """Remove pools and every device in them, in one pass."""
        dropped = {id(pool): pool for pool in pools}
        if not dropped:
            return
        for pool in dropped.values():
            for dev in pool['devices']:
                self._leave(dev, pool)
            del self._by_key[_key(pool)]
            group = pool.get('address')
            self._groups[group] = [
                held for held in self._groups[group] if held is not pool]
        self.pools[:] = [
            pool for pool in self.pools if id(pool) not in dropped]

    def hand_out(self, takes: Iterable[Take]) -> list[typing.Any]:
        """Carry out an assignment on these pools.

        Relatives that can no longer be given out leave the pools too.

        :returns: the devices with their request ids set, in the order of
            the takes
        """
        pools = list(self.pools)
        devices: list[typing.Any] = []
        excluded: list[PoolDict] = []
        for take in takes:
            pool = pools[take.position]
            # Nova takes the last device of a pool, and its own tests know
            # which one that is.
            chosen = sorted(pool['devices'],
                            key=lambda dev: _address_key(dev.address),
                            reverse=True)
            for dev in chosen[:take.count]:
                self.take(dev, pool)
                dev.request_id = take.request_id
                devices.append(dev)
            excluded += [relative
                         for relative in self._groups.get(take.pool.group, ())
                         if _exclude(take.pool, relative)]
        self.drop(excluded)
        return devices

    def without(self, found: Assignment) -> list[PoolDict]:
        """Return copies of the pools with what an assignment leaves."""
        taken: dict[int, int] = {}
        for take in found.takes:
            taken[take.position] = taken.get(take.position, 0) + take.count
        sources = [take.pool for take in found.takes]
        left = []
        for position, pool in enumerate(self.pools):
            count = pool['count'] - taken.get(position, 0)
            if count and not any(_exclude(source, pool)
                                 for source in sources):
                left.append(dict(pool, count=count))
        return left

    def _leave(self, dev: typing.Any, pool: PoolDict) -> None:
        homes = [home for home in self._homes[dev.address]
                 if home is not pool]
        if homes:
            self._homes[dev.address] = homes
        else:
            del self._homes[dev.address]


def properties(dev: typing.Any, spec: typing.Any) -> PoolDict:
    """Return what all devices of a device's pool have in common.

    :param spec: the device_spec entry that hands it out
    """
    return {**{key: getattr(dev, key) for key in published.POOL_KEYS},
            **published.pool_tags(dev.dev_type, spec.get_tags() or {},
                                  dev.extra_info.get('parent_ifname')),
            # Providers are PFs or single devices, so pools must not be wider.
            'address': dev.parent_addr or dev.address}


def _exclude(taken: Pool, pool: PoolDict) -> bool:
    """Whether taking from one pool makes the devices of another unusable."""
    return (taken.group is not None and taken.group == pool.get('address')
            and excludes(taken.kind.dev_type, pool.get('dev_type')))


def _address_key(address: str) -> tuple[int, str]:
    return len(address), address


_NO_KEY = frozenset({'count', 'devices', 'rp_uuid'})


def _key(properties: PoolDict) -> Hashable:
    return frozenset((name, str(value)) for name, value in properties.items()
                     if name not in _NO_KEY)
