# SPDX-License-Identifier: Apache-2.0

"""libvirt's node devices, and how Nova describes them."""

from collections.abc import Iterable
from typing import Protocol

Report = dict[str, object]


class NodeDevice(Protocol):
    """What we and Nova use of libvirt's ``virNodeDevice``."""

    def name(self) -> str:
        """Return the name that libvirt made, ``pci_0000_81_00_0``."""

    def parent(self) -> str | None:
        """Return the name of the device that this one is part of."""

    def XMLDesc(self, flags: int = 0) -> str:
        """Return the description, read from the host at this moment."""


class Connection(Protocol):
    """What we use of libvirt's ``virConnect``."""

    def listAllDevices(self, flags: int = 0) -> Iterable[NodeDevice] | None:
        """List the devices with one of the capabilities."""


class DescribingHost(Protocol):
    """What we use of ``nova.virt.libvirt.host.Host``."""

    def get_connection(self) -> Connection:
        """Return the open connection."""

    def _wrap_libvirt_proxy(self, obj: NodeDevice) -> NodeDevice:
        """Return an object whose calls do not stop green threads."""

    def _get_pcidev_info(
            self, devname: str, dev: NodeDevice, net_devs: list[NodeDevice],
            vdpa_devs: list[NodeDevice], pci_devs: list[NodeDevice],
            ) -> Report:
        """Describe a device in the form of the resource tracker."""


class LibvirtError(Protocol):
    """What we use of ``libvirtError``."""

    def get_error_code(self) -> int:
        """Return what is wrong."""

    def get_error_domain(self) -> int:
        """Return which part of libvirt says so."""
