# SPDX-License-Identifier: Apache-2.0

"""How a device is when its server has given it back, and how it was before."""

import dataclasses
import enum

#: A card that was told no MAC of a VF.
NO_MAC = '00:00:00:00:00:00'


class LinkState(enum.StrEnum):
    """Whether the link of a VF follows that of the card; as the kernel."""

    AUTO = 'auto'
    ENABLE = 'enable'
    DISABLE = 'disable'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VfView:
    """What a card has been told of one of its VFs, as ``ip link`` shows it.

    What the driver of the card does not know is None.

    :ivar mac: lower case; ``NO_MAC`` where it was told none
    :ivar vlan: 0 for none
    :ivar qos: priority of the VLAN, 0 to 7
    :ivar min_rate_mbps: 0 for no limit
    :ivar max_rate_mbps: 0 for no limit
    """

    mac: str = NO_MAC
    vlan: int = 0
    qos: int = 0
    trust: bool | None = None
    spoofchk: bool | None = None
    min_rate_mbps: int = 0
    max_rate_mbps: int = 0
    link_state: LinkState | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface of this host.

    :ivar index: the kernel's number of it
    :ivar users: names of what is on top of it, such as a bridge
    """

    name: str
    index: int
    is_up: bool
    mac: str
    users: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VfState:
    """All that is looked at of one VF.

    :ivar number: of the VF at its PF
    :ivar pf_index: number of the PF's interface
    :ivar view: None where ``unread`` says why
    :ivar unread: why the card could not be asked
    :ivar checks_spoofing: whether the card does so for any other VF
    :ivar interface: of the VF at this host, if it has one
    :ivar resets: ways in which the kernel can reset the VF, such as ``flr``;
        None where the kernel does not say
    """

    number: int
    pf_index: int | None = None
    view: VfView | None = None
    unread: str | None = None
    checks_spoofing: bool = True
    interface: Interface | None = None
    resets: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How a device was when it was handed out; None is not known.

    :ivar vfs: number of VFs of a PF
    :ivar is_up: whether its interface was up
    :ivar mac: of its interface
    :ivar view: what its card had been told
    """

    vfs: int | None = None
    is_up: bool | None = None
    mac: str | None = None
    view: VfView | None = None


class Kind(enum.StrEnum):
    """What a server can leave; in the order in which it is put right.

    A driver lets nobody set the MAC of an interface whose card was told one.
    """

    UNREAD = 'unread'
    USED = 'used'
    MAC = 'mac'
    VLAN = 'vlan'
    TRUST = 'trust'
    SPOOFCHK = 'spoofchk'
    RATE = 'rate'
    LINK_STATE = 'link_state'
    INTERFACE = 'interface'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One thing that a server left.

    :ivar text: for people
    """

    kind: Kind
    text: str
