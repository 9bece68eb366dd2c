# SPDX-License-Identifier: Apache-2.0

"""Published pools and pools of devices into ours."""

import functools
import operator
import types
import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out import published
from nova_pci_ext.model.device_set import is_place_tag
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.novaobj import row_pools

# Keys of a pool that are not tags of its class.
_PLACE_KEYS = damaged_pools.FIELDS | {'address', 'rp_uuid'}
_MAX_CLASSES = 65536

Place = tuple[tuple[str, str], ...]
Key = typing.TypeVar('Key')
Value = typing.TypeVar('Value')


class _Layout:
    """How to read pools whose tags have the same keys in the same order.

    The pools of a cloud have few layouts and few classes; two look-ups give
    the class of a pool without reading its keys one by one.

    :ivar values: reads the tags that say what a device is
    :ivar place: returns the place tags of a pool; None where it has none
    :ivar classes: the class by what ``values`` and the fields hold
    """

    __slots__ = ('_names', 'classes', 'place', 'values')

    def __init__(self, keys: Sequence[str]) -> None:
        self._names = tuple(key for key in keys if key not in _PLACE_KEYS
                            and not is_place_tag(key))
        self.place = _place_reader(tuple(filter(is_place_tag, keys)))
        self.values = _getter(self._names)
        self.classes: dict[tuple[typing.Any, ...], PoolClass] = {}

    def kind(self, key: tuple[typing.Any, ...]) -> PoolClass:
        """Return the class of a key that is not in ``classes`` yet.

        :param key: vendor id, product id, NUMA node, then what ``values``
            returned
        """
        values = key[3] if len(self._names) > 1 else key[3:]
        found = published.pool_class(key[0], key[1], key[2], dict(
            zip(self._names, values, strict=False)))
        # True equals 1, so only what cannot be mistaken is remembered.
        if type(key[2]) in (int, types.NoneType) and all(
                type(value) in (str, types.NoneType) for value in values):
            _make_room(self.classes)
            self.classes[key] = found
        return found


def _getter(names: tuple[str, ...]) -> Callable[
        [Mapping[str, typing.Any]], typing.Any]:
    return operator.itemgetter(*names) if names else lambda tags: None


def _place_reader(keys: tuple[str, ...]) -> Callable[
        [Mapping[str, object]], Place] | None:
    """Return what reads the place tags of a pool, None without keys.

    Hosts that are built alike share what it returns.
    """
    if not keys:
        return None
    names = tuple(sorted(keys))
    values = _getter(names)
    places: dict[object, Place] = {}

    def read(tags: Mapping[str, object]) -> Place:
        found = values(tags)
        # What equals what it is not, such as True and 1, is not remembered.
        if any(type(value) is not str
               for value in (found if len(names) > 1 else (found,))):
            return _place(names, tags)
        place = places.get(found)
        if place is None:
            _make_room(places)
            place = places[found] = _place(names, tags)
        return place
    return read


def _place(names: Iterable[str], tags: Mapping[str, object]) -> Place:
    return tuple((name, value) for name in names
                 if (value := text(tags[name])))


def _make_room(entries: dict[Key, Value]) -> None:
    """Give up the oldest of too many entries."""
    while len(entries) >= _MAX_CLASSES:
        entries.pop(next(iter(entries)), None)


_Layouts = dict[tuple[str, ...], _Layout]
_OF_DICTS: _Layouts = {}
_OF_OBJECTS: _Layouts = {}


_new_pool = functools.partial(tuple.__new__, Pool)


def _layout(keys: tuple[str, ...], known: _Layouts) -> _Layout:
    _make_room(known)
    return known.setdefault(keys, _Layout(keys))


def _layout_of_object(keys: tuple[str, ...]) -> _Layout:
    """Return the layout of an object's tags; checked once for all pools.

    :raises _Damaged: if a tag has the name of a field
    """
    if not damaged_pools.FIELDS.isdisjoint(keys):
        raise _Damaged
    return _layout(keys, _OF_OBJECTS)


def _kind(layout: _Layout, key: tuple[typing.Any, ...]) -> PoolClass:
    try:
        return layout.classes.get(key) or layout.kind(key)
    except TypeError:  # a list among the tags has no hash
        return layout.kind(key)


def pools_from_dicts(
        pools: Iterable[Mapping[str, typing.Any]]) -> tuple[Pool, ...]:
    """Read pools as ``PciDeviceStats.pools`` has them.

    Devices are not read: the number of free ones decides.
    """
    found = []
    for pool in pools:
        keys = tuple(pool)
        layout = _OF_DICTS.get(keys) or _layout(keys, _OF_DICTS)
        found.append(_new_pool((
            _kind(layout, (pool.get('vendor_id'), pool.get('product_id'),
                           pool.get('numa_node'), layout.values(pool))),
            pool.get('address'), pool.get('rp_uuid'), pool['count'], (),
            layout.place(pool) if layout.place else ())))
    return tuple(found)


def pools_from_objects(pools: Sequence[protocols.PciDevicePool],
                       ) -> tuple[Pool, ...]:
    """Read a ``PciDevicePoolList``, as a compute published it.

    :returns: without the pools that cannot be read
    """
    try:
        return _read(pools)
    except (AttributeError, TypeError, _Damaged):
        return _read(damaged_pools.readable(pools))


class _Damaged(Exception):
    """A pool has all fields, and one of them cannot be meant."""


def _read(pools: Iterable[protocols.PciDevicePool]) -> tuple[Pool, ...]:
    """Read pools that are as they should be.

    A getter of a Nova object costs several times a plain attribute, and a
    scheduler reads five fields of every pool of every host: this reads the
    attributes behind the getters.
    """
    found = []
    layouts, new = _OF_OBJECTS, _new_pool
    for pool in pools:
        tags = pool._obj_tags
        free = pool._obj_count
        keys = tuple(tags)
        layout = layouts.get(keys) or _layout_of_object(keys)
        if free < 0:
            raise _Damaged
        key = (pool._obj_vendor_id, pool._obj_product_id,
               pool._obj_numa_node, layout.values(tags))
        found.append(new((
            layout.classes.get(key) or layout.kind(key),
            tags.get('address'), tags.get('rp_uuid'), free, (),
            layout.place(tags) if layout.place else ())))
    return tuple(found)


def pool_objects(pools: protocols.PciDevicePoolList
                 | list[protocols.PciDevicePool],
                 ) -> Sequence[protocols.PciDevicePool]:
    """Return the objects of a ``PciDevicePoolList``, not copied.

    Those of a row that nobody looked at are its text still.  A row that was
    read without its pools has none.  Nova's class takes a plain list as well.
    """
    if isinstance(pools, list):
        return pools
    row = row_objects.row(pools)
    if row is not None:
        text, read = row
        return row_pools.RowPools(
            text, typing.cast('row_pools.Reader', read))
    return vars(pools).get('_obj_objects') or []
