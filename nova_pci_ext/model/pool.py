# SPDX-License-Identifier: Apache-2.0

"""Interchangeable devices of one host."""

import dataclasses
import typing

from nova_pci_ext.model import device


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PoolClass:
    """What the devices of a pool are, wherever they are plugged in.

    The rules of ``matching`` look at nothing else, so hosts that carry the
    same hardware share these values, and a rule runs once a class instead of
    once a pool.

    :ivar vendor_id: lower case
    :ivar product_id: lower case
    :ivar dev_type: None where an old compute did not report it
    :ivar numa_node: None where the host does not say
    :ivar tags: (key, lower-case value) as published, sorted by key
    :ivar is_network: whether something published says that the devices are
        network functions
    """

    vendor_id: str
    product_id: str
    dev_type: device.DeviceType | None
    numa_node: int | None = None
    tags: tuple[tuple[str, str], ...] = ()
    is_network: bool = False
    _hash: int = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every pool of every host is looked up by its class: the hash of six
        # fields would cost more than the look-up.
        object.__setattr__(self, '_hash', hash((
            self.vendor_id, self.product_id, self.dev_type, self.numa_node,
            self.tags)))

    def __hash__(self) -> int:
        return self._hash

    def tag(self, key: str) -> str | None:
        """Return the value of a tag, None where the class has none."""
        for name, value in self.tags:
            if name == key:
                return value
        return None


class Pool(typing.NamedTuple):
    """A number of free devices of one class in one place.

    :ivar kind: what the devices are
    :ivar group: address of the PF of VFs and vDPA devices, the device's own
        otherwise; lower case; None where an old compute did not report it
    :ivar provider: UUID of the Placement resource provider, None when the
        devices are not in Placement
    :ivar free: how many devices are free, from 0
    :ivar addresses: the free devices, sorted; empty where only the number is
        known (the scheduler)
    :ivar place: (key, value) of each place tag as published, sorted by key;
        see ``device_set``
    """

    kind: PoolClass
    group: str | None
    provider: str | None
    free: int
    addresses: tuple[str, ...] = ()
    place: tuple[tuple[str, str], ...] = ()

    @property
    def is_pf(self) -> bool:
        """Whether taking one of these excludes the rest of its group."""
        return self.kind.dev_type is device.DeviceType.PF
