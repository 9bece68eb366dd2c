#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Nova's objects into our model; the only module that knows both."""

import functools
import operator
import types
import typing
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin

# Keys of a pool that are no tags of its class.
_PLACE_KEYS = frozenset({'address', 'count', 'devices', 'rp_uuid',
                         'vendor_id', 'product_id', 'numa_node'})
# Placement matched these before the scheduler looks at a host; the last is
# what the alias schema allows and no pool ever has.
_IGNORED = frozenset({'resource_class', 'traits', 'rp_uuids', 'rp_uuid',
                      'capability_type'})
_TYPES = {dev_type.value.lower(): dev_type for dev_type in DeviceType}
_MAX_CLASSES = 65536


def text(value: typing.Any) -> str | None:
    """Write a tag's value as Nova compares it: as lower-case text.

    JSON lets an operator write true or 5 where a port says 'true' or '5'.
    """
    if value is None:
        return None
    if isinstance(value, (list, tuple, set)):
        return ','.join(sorted(text(item) or '' for item in value))
    return str(value).lower()


def alternative(spec: Mapping[str, typing.Any]) -> Alternative:
    """Read one dict of ``InstancePCIRequest.spec``."""
    asked = {key: text(value) for key, value in spec.items()
             if key not in _IGNORED}
    vendor_id = asked.pop('vendor_id', None)
    product_id = asked.pop('product_id', None)
    dev_type = _TYPES.get(asked.get('dev_type') or '')
    if dev_type is not None:
        del asked['dev_type']
    return Alternative(vendor_id=vendor_id, product_id=product_id,
                       dev_type=dev_type, tags=tuple(sorted(asked.items())))


def device_request(request: typing.Any,
                   provider_mapping: Mapping[str, list[str]] | None = None,
                   interface_of: Callable[[str], str | None] | None = None,
                   ) -> DeviceRequest:
    """Read an ``InstancePCIRequest``.

    :param provider_mapping: Placement's request groups and the providers
        they were allocated from, or None or empty, where the request itself
        may carry its providers
    :param interface_of: returns the PF's interface of a provider of
        bandwidth; a port with one takes a VF of that PF
    """
    alias = _field(request, 'alias_name')
    request_id = _field(request, 'request_id')
    policy = _field(request, 'numa_policy')
    port = _field(request, 'requester_id')
    specs = request.spec
    if interface_of and alias is None and port and provider_mapping:
        chosen = provider_mapping.get(port, ())
        interface = interface_of(chosen[0]) if len(chosen) == 1 else None
        if interface:
            specs = [{**spec, 'parent_ifname': interface} for spec in specs]
    return DeviceRequest(
        request_id=request_id,
        name=alias or port or request_id or 'unnamed request',
        count=request.count,
        alternatives=tuple(map(alternative, specs)),
        numa_policy=NumaPolicy(policy) if policy else NumaPolicy.LEGACY,
        origin=Origin.PORT if alias is None else Origin.FLAVOR,
        providers=() if alias is None
        else _providers(request, request_id, provider_mapping))


def question(requests: Iterable[typing.Any],
             provider_mapping: Mapping[str, list[str]] | None,
             numa_cells: Iterable[typing.Any] | None) -> Hashable:
    """Return a key that is equal for what must have equal answers.

    Making it costs a fraction of translating the requests, the more so with
    the attributes behind Nova's getters.
    """
    fields = [vars(request) for request in requests]
    return (
        tuple((found['_obj_count'], repr(found['_obj_spec']),
               found.get('_obj_request_id'), found.get('_obj_alias_name'),
               found.get('_obj_requester_id'),
               found.get('_obj_numa_policy')) for found in fields),
        repr(provider_mapping) if provider_mapping else None,
        frozenset(cell._obj_id for cell in numa_cells) if numa_cells
        else None)


def _field(request: typing.Any, name: str) -> typing.Any:
    # Reading an unset field would set it.
    return getattr(request, name) if name in request else None


def _providers(request: typing.Any, request_id: str | None,
               provider_mapping: Mapping[str, list[str]] | None,
               ) -> tuple[str, ...]:
    """Return one provider for each device, nothing where Placement is out.

    Nova names the request group of device n "<request id>-<n>".
    """
    if not provider_mapping:
        for spec in request.spec:
            if spec.get('rp_uuids'):
                return tuple(sorted(spec['rp_uuids'].split(',')))
        return ()
    if request_id is None:
        return ()
    prefix = f'{request_id}-'
    return tuple(sorted(
        found[0] for group, found in provider_mapping.items()
        if found and group.startswith(prefix)))


def guest_cells(numa_cells: Iterable[typing.Any] | None,
                topology: typing.Any) -> GuestCells | None:
    """Read the host nodes that a guest's cells stand for.

    :param numa_cells: ``InstanceNUMACell`` objects; their ids are those of
        host cells
    :param topology: the host's ``NUMATopology``, or None
    """
    if not numa_cells:
        return None
    nodes = frozenset(cell.id for cell in numa_cells)
    return GuestCells(nodes=nodes,
                      socket_nodes=socket_nodes(nodes, topology))


def socket_nodes(nodes: frozenset[int],
                 topology: typing.Any) -> frozenset[int]:
    """Return the host nodes that share a socket with ``nodes``.

    One node without a socket makes all of them unknown: Nova does not
    support hosts with several sockets in a node.
    """
    if topology is None or 'cells' not in topology:
        return frozenset()
    sockets = {cell.id: cell.socket if 'socket' in cell else None
               for cell in topology.cells if 'id' in cell}
    if None in sockets.values():
        return frozenset()
    mine = {sockets[node] for node in nodes if node in sockets}
    return frozenset(node for node, socket in sockets.items()
                     if socket in mine)


class _Layout:
    """How to read pools whose tags have the same keys in the same order.

    The pools of a cloud have few layouts and few classes; two look-ups give
    the class of a pool without reading its keys one by one.

    :ivar values: reads the tags that say what a device is
    :ivar classes: the class by what ``values`` and the fields hold
    """

    __slots__ = ('_names', 'classes', 'values')

    def __init__(self, keys: Iterable[str]) -> None:
        self._names = tuple(key for key in keys if key not in _PLACE_KEYS)
        self.values = _getter(self._names)
        self.classes: dict[tuple[typing.Any, ...], PoolClass] = {}

    def kind(self, key: tuple[typing.Any, ...]) -> PoolClass:
        """Return the class of a key that is not in ``classes`` yet.

        :param key: vendor id, product id, NUMA node, then what ``values``
            returned
        """
        values = key[3] if len(self._names) > 1 else key[3:]
        found = _pool_class(key[0], key[1], key[2], dict(
            zip(self._names, values, strict=False)))
        # True equals 1, so only what cannot be mistaken is remembered.
        if type(key[2]) in (int, types.NoneType) and all(
                type(value) in (str, types.NoneType) for value in values):
            if len(self.classes) >= _MAX_CLASSES:
                self.classes.clear()
            self.classes[key] = found
        return found


def _getter(names: tuple[str, ...]) -> Callable[
        [Mapping[str, typing.Any]], typing.Any]:
    return operator.itemgetter(*names) if names else lambda tags: None


def _pool_class(vendor_id: typing.Any, product_id: typing.Any,
                numa_node: int | None,
                tags: dict[str, typing.Any]) -> PoolClass:
    dev_type = _TYPES.get(text(tags.get('dev_type')) or '')
    if dev_type is not None:
        del tags['dev_type']
    found = {key: text(value) for key, value in tags.items()
             if key not in _IGNORED}
    return PoolClass(
        vendor_id=text(vendor_id) or '', product_id=text(product_id) or '',
        dev_type=dev_type, numa_node=numa_node,
        tags=tuple(sorted((key, value) for key, value in found.items()
                          if value is not None)),
        is_network=_is_network(dev_type, found))


def _is_network(dev_type: DeviceType | None,
                tags: Mapping[str, str | None]) -> bool:
    """Tell a NIC from a GPU by what Nova publishes of a pool.

    ``"physical_network": null`` is how an operator tags a NIC for tunnelled
    networks; ``parent_ifname`` is set by Nova's driver for the VFs of a PF
    that has a network interface.
    """
    return ('physical_network' in tags or bool(tags.get('parent_ifname'))
            or tags.get('remote_managed') == 'true'
            or dev_type is DeviceType.VDPA)


_LAYOUTS: dict[tuple[str, ...], _Layout] = {}
_new_pool = functools.partial(tuple.__new__, Pool)


def _layout(keys: tuple[str, ...]) -> _Layout:
    if len(_LAYOUTS) >= _MAX_CLASSES:
        _LAYOUTS.clear()
    return _LAYOUTS.setdefault(keys, _Layout(keys))


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
        layout = _LAYOUTS.get(keys) or _layout(keys)
        found.append(_new_pool((
            _kind(layout, (pool.get('vendor_id'), pool.get('product_id'),
                           pool.get('numa_node'), layout.values(pool))),
            pool.get('address'), pool.get('rp_uuid'), pool['count'], ())))
    return tuple(found)


def pools_from_objects(pools: Iterable[typing.Any],
                       ) -> tuple[Pool, ...]:
    """Read a ``PciDevicePoolList``, as a compute published it.

    A getter of a Nova object costs several times a plain attribute, and a
    scheduler reads five fields of every pool of every host: this reads the
    attributes behind the getters.
    """
    found = []
    layouts, new = _LAYOUTS, _new_pool
    for pool in pools:
        tags = pool._obj_tags
        keys = tuple(tags)
        layout = layouts.get(keys) or _layout(keys)
        key = (pool._obj_vendor_id, pool._obj_product_id,
               pool._obj_numa_node, layout.values(tags))
        found.append(new((
            layout.classes.get(key) or layout.kind(key),
            tags.get('address'), tags.get('rp_uuid'), pool._obj_count, ())))
    return tuple(found)


def pool_objects(pools: typing.Any) -> list[typing.Any]:
    """Return the objects of a ``PciDevicePoolList``, not copied."""
    found: list[typing.Any] = pools._obj_objects
    return found


_COUNT = operator.attrgetter('_obj_count')


def object_counts(pools: Iterable[typing.Any]) -> list[int]:
    """Return the free devices of each pool of a ``PciDevicePoolList``."""
    return list(map(_COUNT, pools))


class Relevant:
    """Picks the published pools that requests can have anything to do with.

    A pool is left out if its ids and its physical network are not those of
    any alternative; what is left out is eligible for nobody, so a decision on
    the rest is the decision on all.
    """

    def __init__(self, requests: Iterable[DeviceRequest]) -> None:
        ids: set[tuple[str | None, str | None]] = set()
        networks: set[str | None] = set()
        self._all = False
        for request in requests:
            for asked in request.alternatives:
                if asked.product_id is not None:
                    ids.add((asked.vendor_id, asked.product_id))
                elif asked.tag('physical_network') is not None:
                    networks.add(asked.tag('physical_network'))
                else:
                    self._all = True
        self._ids = _Remembered(lambda found: any(
            (vendor_id, text(found[1])) in ids
            for vendor_id in (text(found[0]), None)))
        self._networks = _Remembered(
            lambda found: text(found) in networks)

    def pick(self, pools: Iterable[typing.Any]) -> Iterable[typing.Any]:
        """Return the relevant ones of ``PciDevicePool`` objects."""
        if self._all:
            return pools
        ids, networks = self._ids, self._networks
        return [pool for pool in pools
                if ids[pool._obj_vendor_id, pool._obj_product_id]
                or networks[pool._obj_tags.get('physical_network')]]


class _Remembered(dict[typing.Any, bool]):
    """Answers of a function; clouds have few ids and networks."""

    def __init__(self, function: Callable[[typing.Any], bool]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: typing.Any) -> bool:
        return self.setdefault(key, self._function(key))
