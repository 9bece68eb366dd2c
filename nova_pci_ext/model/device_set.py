# SPDX-License-Identifier: Apache-2.0

"""Sets of devices: what a server asks of its devices taken together."""

import dataclasses
import enum


class SetRule(enum.StrEnum):
    """What the devices of some members have to have in common.

    The values are the last part of the extra spec, such as
    ``pci_passthrough:same``.
    """

    SAME = 'same'
    DISTINCT = 'distinct'
    PAIR = 'pair'
    GROUP = 'group'
    BANDWIDTH = 'bandwidth'


#: The member that stands for all ports of a server; ``ports@physnet0`` for
#: those on one physical network.
PORTS = 'ports'
_AT_NETWORK = f'{PORTS}@'

#: Attributes that every host has; all others are tags of ``device_spec``.
NUMA_NODE = 'numa_node'
PF = 'pf'
CARD = 'card'
#: Attributes that a compute with our tracker publishes as tags of its pools.
PCIE_ROOT = 'pcie_root'
PCIE_SWITCH = 'pcie_switch'
ATTRIBUTES = (NUMA_NODE, PCIE_ROOT, PCIE_SWITCH, PF, CARD)

#: How the tag begins that says which groups of a type a device is in; the
#: type follows.  The value is ``name:size,name:size``, sorted by name, the
#: size with the members that are not free.
GROUP_TAG = 'device_group_'

#: Tag of a ``device_spec`` entry: the budget of the PF of its devices, in
#: Mbit/s.
BANDWIDTH = 'bandwidth_mbps'
#: Key of published pools: what is left of the budget of the PF, and the
#: budget, in Mbit/s: ``7500/10000``.
BANDWIDTH_LEFT = 'bandwidth_left_mbps'

#: Keys of published pools that say where devices are and not what they are.
PLACE_TAGS = (PCIE_ROOT, PCIE_SWITCH, CARD)


def is_ports(member: str) -> bool:
    """Whether a member stands for ports of the server, and not an alias."""
    return member == PORTS or member.startswith(_AT_NETWORK)


def network(member: str) -> str | None:
    """Return the physical network whose ports a member stands for."""
    return (member.removeprefix(_AT_NETWORK)
            if member.startswith(_AT_NETWORK) else None)


def is_place_tag(key: str) -> bool:
    """Whether a key of a published pool says where its devices are.

    What is left of the budget of a PF is of that PF, as the switch above it.
    """
    return (key in PLACE_TAGS or key == BANDWIDTH_LEFT
            or key.startswith(GROUP_TAG))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSet:
    """One condition on the devices of a server, as a flavor asks it.

    :ivar attribute: what is compared: one of ``ATTRIBUTES``, or a tag with
        the capitals that it has in its entry; of ``GROUP`` the type of the
        groups, lower case; of ``BANDWIDTH`` the Mbit/s of each device
    :ivar members: aliases, ``ports``, or ``ports@`` and a physical network,
        in the order in which they are written; one of ``BANDWIDTH``
    """

    rule: SetRule
    attribute: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        """Write it as the extra spec and its value."""
        return f'{self.rule}={self.attribute}:{",".join(self.members)}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SetConstraint:
    """A device set, bound to the requests of one server.

    :ivar members: of each member the positions of its requests
    :ivar text: the device set as it was written, for people
    :ivar missing: aliases that the server does not ask for
    """

    rule: SetRule
    attribute: str
    members: tuple[tuple[int, ...], ...]
    text: str = dataclasses.field(default='', compare=False)
    missing: tuple[str, ...] = ()
