# SPDX-License-Identifier: Apache-2.0

"""What libvirt is told of a device that a guest gets, one type an element.

Each type maps to one element below ``<devices>`` of a domain.
"""

import dataclasses

from nova_pci_ext.model import binding
from nova_pci_ext.model.address import PciAddress

VirtualPort = binding.QbgParameters | binding.QbhParameters


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hostdev:
    """``<hostdev mode='subsystem' type='pci'>``: a function as it is.

    :ivar managed: whether libvirt takes the device from its host driver and
        gives it back
    """

    address: PciAddress
    managed: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostdevInterface:
    """``<interface type='hostdev'>``: a VF with a network identity.

    :ivar vlan: None leaves the VF as it is, 0 clears its VLAN
    :ivar managed: as in :class:`Hostdev`
    """

    mac: str
    address: PciAddress
    vlan: int | None = None
    virtualport: binding.QbhParameters | None = None
    managed: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DirectInterface:
    """``<interface type='direct'>``: macvtap on an interface of the host.

    :ivar vlan: for a VF in passthrough mode only
    :ivar trusted: whether the guest may set MAC and receive filters
    :ivar driver: backend of the virtio rings, None for libvirt's choice
    """

    mac: str
    source: str
    mode: binding.MacvtapMode
    vlan: int | None = None
    virtualport: VirtualPort | None = None
    trusted: bool = False
    driver: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VhostUserInterface:
    """``<interface type='vhostuser'>``: rings shared with a user process.

    :ivar target: name for the interface, None for none
    """

    mac: str
    socket: str
    mode: binding.SocketMode
    target: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VdpaInterface:
    """``<interface type='vdpa'>``.

    :ivar path: of the vhost-vdpa character device
    """

    mac: str
    path: str


GuestDevice = (Hostdev | HostdevInterface | DirectInterface
               | VhostUserInterface | VdpaInterface)
