# SPDX-License-Identifier: Apache-2.0

"""What would have to be otherwise for a host to pass.

The space of changes is small on purpose: everything in it can be done by a
person, and each of it counts as one per device or request.

- one request's NUMA policy becomes ``preferred``;
- one more device is free, of the kind that a request asks for;
- one device fewer is asked for;
- one device set is not asked for;
- an alias asks for another type of device, or a port is on a physical network
  of almost the name: what was probably meant.

Where a host lacks many devices of many kinds, the ways to have them are too
many to try; then only how many changes are needed at least is known.
"""

import dataclasses

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LooserPolicy:
    """A request takes devices wherever they are.

    :ivar name: of the request
    :ivar policy: what it asks now
    """

    name: str
    policy: NumaPolicy

    @property
    def size(self) -> int:
        """How many changes this is."""
        return 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MoreDevices:
    """More devices are free, beside those that are.

    Their PF, if they have one, is not wanted by anybody.

    :ivar name: of the request that gets them
    :ivar count: how many more
    :ivar alternative: what they are like; where a request has several
        alternatives, the first in order
    :ivar origin: a port asks for a network function without saying so
    :ivar numa_node: where they are; None where any place will do
    """

    name: str
    count: int
    alternative: Alternative
    origin: Origin
    numa_node: int | None = None

    @property
    def size(self) -> int:
        """How many changes this is."""
        return self.count


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FewerDevices:
    """A request asks for less.

    :ivar name: of the request
    :ivar count: how many fewer
    :ivar left: how many it still asks for; 0 where it goes
    """

    name: str
    count: int
    left: int

    @property
    def size(self) -> int:
        """How many changes this is."""
        return self.count


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WithoutSet:
    """Devices need not make a set.

    :ivar name: the set, as it was written
    """

    name: str

    @property
    def size(self) -> int:
        """How many changes this is."""
        return 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherType:
    """An alias asks for the type that the devices have.

    :ivar name: of the alias
    """

    name: str
    dev_type: DeviceType

    @property
    def size(self) -> int:
        """How many changes this is."""
        return 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherNetwork:
    """A port is on the physical network that the devices are on.

    :ivar name: of the request
    :ivar network: what it is on now
    :ivar meant: what the entries of the host call it
    """

    name: str
    network: str
    meant: str

    @property
    def size(self) -> int:
        """How many changes this is."""
        return 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """Fewer changes will not do, and more of them were not tried.

    :ivar name: of no request; ''
    :ivar count: how many changes are needed at least
    """

    count: int
    name: str = ''

    @property
    def size(self) -> int:
        """How many changes this is."""
        return self.count


Change = (LooserPolicy | MoreDevices | FewerDevices | WithoutSet | OtherType
          | OtherNetwork | AtLeast)
#: What has to be done together.
Changes = tuple[Change, ...]
