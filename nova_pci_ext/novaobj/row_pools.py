# SPDX-License-Identifier: Apache-2.0

"""The pools of a row of ``compute_nodes.pci_stats``, read when needed.

Nova makes an object of each pool, which takes ten times as long as the JSON
of it.  Here is as much of such an object as we look at, read and checked in
one pass over the text.
"""

import typing
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

import msgspec
from nova.objects import pci_device_pool

from nova_pci_ext.novaobj import protocols

Reader = Callable[[typing.Any], protocols.PciDevicePoolList]
Pools = Sequence[protocols.PciDevicePool]
#: A field that was changed; none of them has to be made a string.
_Name = typing.Literal['vendor_id', 'product_id', 'numa_node', 'tags',
                       'count', 'objects']


class RowPool(msgspec.Struct, eq=False, gc=False):
    """A pool of which Nova's object would hold exactly what the row says.

    :raises msgspec.ValidationError: when one is read whose values have other
        types than Nova gives them
    """

    _obj_vendor_id: str = msgspec.field(name='vendor_id')
    _obj_product_id: str = msgspec.field(name='product_id')
    _obj_numa_node: int | None = msgspec.field(name='numa_node')
    _obj_tags: dict[str, str | None] = msgspec.field(name='tags')
    _obj_count: int = msgspec.field(name='count')

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
        row = _DECODER.decode(text)
    # Text without UTF-8 is a ValueError.
    except (RecursionError, ValueError, msgspec.MsgspecError):
        return None
    parts = row.data.objects
    if row.version != _LIST_VERSION or any(
            [part.version != _POOL_VERSION for part in parts]):
        return None
    return typing.cast('Pools', [part.data for part in parts])


_LIST_VERSION = pci_device_pool.PciDevicePoolList.VERSION
_POOL_VERSION = pci_device_pool.PciDevicePool.VERSION


class _Part(msgspec.Struct, rename=lambda name: f'nova_object.{name}',
            gc=False):
    """What the serialised form of each object of Nova has.

    :ivar changes: not used; Nova could not read a row with others
    """

    namespace: typing.Literal['nova']
    version: str


class _PoolPart(_Part, gc=False):
    name: typing.Literal['PciDevicePool']
    data: RowPool
    changes: list[_Name] = []


class _Objects(msgspec.Struct, gc=False):
    objects: list[_PoolPart]


class _ListPart(_Part, gc=False):
    name: typing.Literal['PciDevicePoolList']
    data: _Objects
    changes: list[_Name] = []


_DECODER = msgspec.json.Decoder(_ListPart)
