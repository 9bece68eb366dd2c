# SPDX-License-Identifier: Apache-2.0

"""The pools of a row of ``compute_nodes.pci_stats``, read when needed.

Nova makes an object of each pool, which takes ten times as long as the JSON
of it.  Here is as much of such an object as we look at.
"""

import typing
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova.objects import pci_device_pool
from oslo_serialization import jsonutils

from nova_pci_ext.novaobj import protocols

Reader = Callable[[typing.Any], protocols.PciDevicePoolList]
Pools = Sequence[protocols.PciDevicePool]


class RowPool:
    """A pool of which Nova's object would hold exactly what the row says."""

    __slots__ = ('_obj_count', '_obj_numa_node', '_obj_product_id',
                 '_obj_tags', '_obj_vendor_id')

    def __init__(self, vendor_id: str, product_id: str,
                 numa_node: int | None, tags: dict[str, str | None],
                 count: int) -> None:
        self._obj_vendor_id = vendor_id
        self._obj_product_id = product_id
        self._obj_numa_node = numa_node
        self._obj_tags = tags
        self._obj_count = count

    def __contains__(self, name: str, /) -> bool:
        """Whether a field is set; all are."""
        return True

    def to_dict(self) -> dict[str, object]:
        """Return what ``PciDevicePool.to_dict`` returns."""
        return {'product_id': self._obj_product_id,
                'vendor_id': self._obj_vendor_id,
                'numa_node': self._obj_numa_node,
                'count': self._obj_count, **self._obj_tags}


class RowPools(Sequence[protocols.PciDevicePool]):
    """The pools of one row; its text until somebody looks.

    :param read: reads a row as Nova does, and a damaged one as far as it can
        be read
    :ivar known: what a cache found of the text, for whoever asks next
    """

    __slots__ = ('_pools', '_read', 'known', 'text')

    def __init__(self, text: str, read: Reader) -> None:
        self.text = text
        self._read = read
        self._pools: Pools | None = None
        self.known: typing.Any = None

    def pools(self) -> Pools:
        """Return the pools, objects of Nova where the row is not plain."""
        found = self._pools
        if found is None:
            found = plain_pools(self.text)
        if found is None:
            found = self._read(self.text).objects
        self._pools = found
        return found

    def forget(self) -> None:
        """Be text only, until somebody looks again."""
        self._pools = None

    def __len__(self) -> int:
        return len(self.pools())

    def __iter__(self) -> Iterator[protocols.PciDevicePool]:
        return iter(self.pools())

    @typing.overload
    def __getitem__(self, index: int) -> protocols.PciDevicePool: ...

    @typing.overload
    def __getitem__(self, index: slice) -> Pools: ...

    def __getitem__(self, index: int | slice) -> (
            protocols.PciDevicePool | Pools):
        return self.pools()[index]


def plain_pools(text: str) -> Pools | None:
    """Read a row that Nova would read without changing any value.

    :returns: None for every other row, such as one of an old or a damaged
        compute
    """
    try:
        parts = _data(jsonutils.loads(text), _LIST)['objects']
        if type(parts) is not list:
            return None
        return [_plain_pool(_data(part, _POOL)) for part in parts]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


_LIST = ('PciDevicePoolList', 'nova',
         pci_device_pool.PciDevicePoolList.VERSION)
_POOL = 'PciDevicePool', 'nova', pci_device_pool.PciDevicePool.VERSION


def _data(part: Mapping[str, object], head: tuple[str, str, str],
          ) -> Mapping[str, object]:
    """Return the fields of an object in its serialised form.

    :raises ValueError: if it is of another class or version, or if Nova could
        not read the names of what was changed
    """
    if (part['nova_object.name'], part['nova_object.namespace'],
            part['nova_object.version']) != head:
        raise ValueError
    found = part['nova_object.data']
    changes = part.get('nova_object.changes', [])
    if type(found) is not dict or type(changes) is not list or any(
            type(name) is not str for name in changes):
        raise ValueError
    return found


def _plain_pool(fields: Mapping[str, object]) -> protocols.PciDevicePool:
    """Read a pool whose values have the types that Nova gives them.

    :raises ValueError: if a value has another
    """
    vendor, product = fields['vendor_id'], fields['product_id']
    node, count, tags = fields['numa_node'], fields['count'], fields['tags']
    if (type(vendor) is not str or type(product) is not str
            or type(count) is not int or type(tags) is not dict
            or (type(node) is not int and node is not None)):
        raise ValueError
    for value in tags.values():
        if type(value) is not str and value is not None:
            raise ValueError
    return typing.cast('protocols.PciDevicePool',
                       RowPool(vendor, product, node, tags, count))
