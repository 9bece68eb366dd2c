# SPDX-License-Identifier: Apache-2.0

"""What Neutron bound a port to, one type a kind.

Nova writes ``binding:profile`` (the device), the mechanism driver answers
with ``binding:vif_type`` and ``binding:vif_details``.  A value of this module
is both halves read together, with nothing left to look up or to doubt.
"""

import dataclasses
import enum
from collections.abc import Mapping

from nova_pci_ext.model.address import PciAddress

#: Highest VLAN id that a port can have.
MAX_VLAN = 4094


class VnicType(enum.StrEnum):
    """``binding:vnic_type``: what the user asks on the port."""

    NORMAL = 'normal'
    DIRECT = 'direct'
    MACVTAP = 'macvtap'
    DIRECT_PHYSICAL = 'direct-physical'
    VDPA = 'vdpa'
    REMOTE_MANAGED = 'remote-managed'
    VIRTIO_FORWARDER = 'virtio-forwarder'
    ACCELERATOR_DIRECT = 'accelerator-direct'
    ACCELERATOR_DIRECT_PHYSICAL = 'accelerator-direct-physical'


class VifType(enum.StrEnum):
    """``binding:vif_type`` of the kinds that may own a device."""

    HW_VEB = 'hw_veb'
    HOSTDEV_PHYSICAL = 'hostdev_physical'
    IB_HOSTDEV = 'ib_hostdev'
    MACVTAP = 'macvtap'
    QBG = '802.1qbg'
    QBH = '802.1qbh'
    VHOSTUSER = 'vhostuser'
    OVS = 'ovs'
    AGILIO_OVS = 'agilio_ovs'
    VROUTER = 'vrouter'


class MacvtapMode(enum.StrEnum):
    """How frames pass between macvtap devices of one interface."""

    BRIDGE = 'bridge'
    VEPA = 'vepa'
    PRIVATE = 'private'
    PASSTHROUGH = 'passthrough'


class SocketMode(enum.StrEnum):
    """Which end of a vhost-user socket QEMU is."""

    CLIENT = 'client'
    SERVER = 'server'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BoundPort:
    """A port as Neutron gives it, nothing checked yet.

    :ivar vif_type: None for a port that was never bound
    """

    port_id: str
    mac: str
    vnic_type: str
    vif_type: str | None
    vif_details: Mapping[str, object]
    profile: Mapping[str, object]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QbgParameters:
    """What an 802.1Qbg (VEPA) switch needs to know of a station.

    :ivar managerid: 0 to 255
    :ivar typeid: 0 to 16777215
    :ivar typeidversion: 0 to 255
    :ivar instanceid: a UUID
    """

    managerid: int
    typeid: int
    typeidversion: int
    instanceid: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QbhParameters:
    """What an 802.1Qbh (VN-Tag) port extender needs to know.

    :ivar profileid: name of the port profile, 1 to 39 bytes
    """

    profileid: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HwVeb:
    """A VF behind the embedded switch of its card (``hw_veb``).

    :ivar vlan: 0 to 4094; 0 is untagged, and still written, because it
        clears what an earlier guest left on the VF
    :ivar trusted: whether the guest may change MAC and receive modes
    :ivar mode: of the macvtap device on the VF; None when the VF itself is
        passed
    """

    mac: str
    address: PciAddress
    vlan: int
    trusted: bool = False
    mode: MacvtapMode | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostdevPhysical:
    """A whole function whose MAC Neutron takes over from the device."""

    address: PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Macvtap:
    """A macvtap device on an interface of the host; no device is claimed.

    :ivar source: the interface, made by Nova when there is a VLAN
    :ivar physical_interface: what the source stands on
    :ivar vlan: None for an untagged network
    """

    mac: str
    source: str
    mode: MacvtapMode
    physical_interface: str
    vlan: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Qbg:
    """802.1Qbg, on a VF or on a named interface of the host.

    :ivar address: the claimed VF, None without one
    :ivar physical_interface: None when a VF was claimed
    """

    mac: str
    parameters: QbgParameters
    address: PciAddress | None = None
    physical_interface: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Qbh:
    """802.1Qbh on a VF.

    :ivar mode: as in :class:`HwVeb`
    """

    mac: str
    address: PciAddress
    parameters: QbhParameters
    mode: MacvtapMode | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VhostUser:
    """A switch in user space, reached over a vhost-user socket.

    :ivar socket: absolute path
    :ivar address: the VF that the switch forwards to (virtio-forwarder), the
        guest never sees it; None when no device was claimed
    """

    mac: str
    socket: str
    mode: SocketMode
    address: PciAddress | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Vdpa:
    """A vDPA device: virtio rings served by the card."""

    mac: str
    address: PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RemoteManaged:
    """A VF whose switch runs on the card itself (a DPU)."""

    mac: str
    address: PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Switchdev:
    """A VF whose representor is plugged into a switch of the host."""

    mac: str
    address: PciAddress


Binding = (HwVeb | HostdevPhysical | Macvtap | Qbg | Qbh | VhostUser | Vdpa
           | RemoteManaged | Switchdev)
