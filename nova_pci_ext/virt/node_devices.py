# SPDX-License-Identifier: Apache-2.0

"""The PCI devices of a libvirt host, as they are now.

Nova 34 asks libvirt once in the life of nova-compute, earlier ones describe
every device anew in each periodic update.  Here each update lists the
devices, and has Nova describe those that are new or not as they were.
"""

import functools
import itertools
import pathlib
import threading
import zlib
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NamedTuple

from nova import exception
from nova.virt.libvirt import config
from nova.virt.libvirt import host as nova_host
from oslo_log import log as logging

from nova_pci_ext.novaobj.protocols.node_devices import DescribingHost
from nova_pci_ext.novaobj.protocols.node_devices import LibvirtError
from nova_pci_ext.novaobj.protocols.node_devices import NodeDevice
from nova_pci_ext.novaobj.protocols.node_devices import Report
from nova_pci_ext.virt import pci_stamps

LOG = logging.getLogger(__name__)

#: How often the devices are listed for one report.  What changes meanwhile
#: makes a report that no moment of the host looked like.
LISTINGS = 4

#: No description is older than this many reports: that a netdev was given
#: other features is told nowhere.
ROUND = 16


class _Vanished(Exception):
    """A device went after it was listed."""


class _Once:
    """A node device that is asked once: Nova reads the XML of a PF per VF."""

    def __init__(self, device: NodeDevice) -> None:
        self._device = device
        self._name = device.name()
        self._xml: str | None = None

    def name(self) -> str:
        return self._name

    def parent(self) -> str | None:
        return self._device.parent()

    def XMLDesc(self, flags: int = 0) -> str:
        if self._xml is None:
            self._xml = self._device.XMLDesc(flags)
        return self._xml


class _Stamp(NamedTuple):
    """What a description was made of."""

    sysfs: pci_stamps.Stamp | None
    netdevs: tuple[str, ...]
    vdpas: tuple[str, ...]


class _Known(NamedTuple):
    stamp: _Stamp
    report: Report


class _Listing:
    """The devices of the host at one moment.

    :ivar pci: the PCI devices by name
    :ivar stamps: what would be different had one of them changed
    """

    def __init__(self, pci: Mapping[str, NodeDevice],
                 netdevs: Mapping[str, list[NodeDevice]],
                 vdpas: Mapping[str, list[NodeDevice]],
                 sysfs: Mapping[str, pci_stamps.Stamp | None]) -> None:
        self.pci = {name: device for name, device in pci.items()
                    if _address(name) in sysfs}
        self._netdevs = netdevs
        self._vdpas = vdpas
        self.stamps = {
            name: _Stamp(sysfs[_address(name)],
                         _names(self.netdevs(name)), _names(self.vdpas(name)))
            for name in self.pci}

    def netdevs(self, name: str) -> list[NodeDevice]:
        """The network interfaces of a PCI device."""
        return self._netdevs.get(name, [])

    def vdpas(self, name: str) -> list[NodeDevice]:
        """The vDPA devices of a PCI device."""
        return self._vdpas.get(name, [])


class NodeDevices:
    """Reports the PCI devices of one host, each time as they are.

    :param host: Nova's libvirt host
    :param sysfs: the folder of /sys that has a folder for each PCI device
    """

    def __init__(self, host: DescribingHost,
                 sysfs: pathlib.Path = pci_stamps.ROOT) -> None:
        self._host = host
        self._sysfs = sysfs
        self._lock = threading.Lock()
        self._turns = itertools.cycle(range(ROUND))
        self._known: dict[str, _Known] = {}
        # Asking libvirt for the parent is a round trip of its own.
        self._parents: dict[str, str | None] = {}
        self._failed: dict[str, Exception] = {}
        self._said: set[str] = set()

    def report(self) -> list[Report]:
        """Return the devices in the form of the resource tracker.

        :raises libvirtError: when libvirt cannot list its devices; that is
            not a host without devices
        """
        with self._lock:
            self._forget_some(next(self._turns))
            for _ in range(LISTINGS):
                if not self._describe_changed():
                    break
            self._tell_failures()
            return [known.report for known in self._known.values()]

    def _forget_some(self, turn: int) -> None:
        """Have a part of the devices described again, without a reason."""
        for known in (self._known, self._parents):
            for name in [name for name in known
                         if zlib.crc32(name.encode()) % ROUND == turn]:
                del known[name]

    def _describe_changed(self) -> bool:
        """List the devices, and describe those that are not known so.

        :returns: whether there were any; only a listing after which nothing
            had to be described shows that the host stood still
        """
        try:
            listing = self._list()
        except _Vanished:
            return True
        self._failed.clear()
        described = False
        known = {}
        for name, stamp in listing.stamps.items():
            was = self._known.get(name)
            if was is None or was.stamp != stamp:
                described = True
                report = self._describe(name, listing)
                was = None if report is None else _Known(stamp, report)
            if was is not None:
                known[name] = was
        self._known = known
        return described

    def _list(self) -> _Listing:
        libvirt = nova_host.libvirt
        pci = self._listed(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV)
        netdevs = self._listed(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET)
        vdpas = self._listed(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA)
        self._parents = {
            name: self._parents[name] if name in self._parents
            else self._parent(device)
            for name, device in {**netdevs, **vdpas}.items()}
        return _Listing(
            pci, self._by_parent(netdevs), self._by_parent(vdpas),
            pci_stamps.read(map(_address, pci), self._sysfs))

    def _listed(self, flag: int) -> dict[str, _Once]:
        try:
            found = self._host.get_connection().listAllDevices(flag)
        except nova_host.libvirt.libvirtError as error:
            if _is(error, 'VIR_ERR_NO_SUPPORT'):
                return {}
            raise
        devices = (_Once(self._host._wrap_libvirt_proxy(device))
                   for device in found or ())
        return {device.name(): device for device in devices}

    def _parent(self, device: NodeDevice) -> str | None:
        try:
            return device.parent()
        except nova_host.libvirt.libvirtError as error:
            if _is_lost(error):
                raise
            raise _Vanished from error

    def _by_parent(self, devices: Mapping[str, _Once],
                   ) -> dict[str, list[NodeDevice]]:
        found: dict[str, list[NodeDevice]] = {}
        for name, device in devices.items():
            found.setdefault(self._parents[name] or '', []).append(device)
        return found

    def _describe(self, name: str, listing: _Listing) -> Report | None:
        """Have Nova describe a device, None for one that has just gone."""
        device = listing.pci[name]
        try:
            head = listing.pci.get(_parent_name(device.XMLDesc(0)))
            return self._host._get_pcidev_info(
                name, device, listing.netdevs(name), listing.vdpas(name),
                [] if head is None else [head])
        except nova_host.libvirt.libvirtError as error:
            # A device that is half gone has errors of many kinds.
            if _is_lost(error):
                raise
            self._failed[name] = error
        except (exception.PciDeviceNotFoundById, OSError) as error:
            # Nova looks into /sys too, where the device may be gone already.
            self._failed[name] = error
        return None

    def _tell_failures(self) -> None:
        """Name the devices that are listed and cannot be described, once."""
        for name in sorted(self._failed.keys() - self._said):
            LOG.warning('libvirt lists device %s, and it cannot be described: '
                        '%s. It is left out until it can be.',
                        name, self._failed[name])
        self._said = set(self._failed)


def _is(error: LibvirtError, name: str) -> bool:
    """Whether a libvirtError has the code of this name."""
    return bool(error.get_error_code() == getattr(nova_host.libvirt, name))


def _is_lost(error: LibvirtError) -> bool:
    """Whether a libvirtError is of the connection, and not of a device.

    The domains are those by which Nova sees that a connection is lost.
    """
    libvirt = nova_host.libvirt
    return error.get_error_domain() in (
        libvirt.VIR_FROM_REMOTE, libvirt.VIR_FROM_RPC)


def _names(devices: Iterable[NodeDevice]) -> tuple[str, ...]:
    """Names in an order of their own; libvirt lists in none."""
    return tuple(sorted(device.name() for device in devices))


@functools.lru_cache(maxsize=10_000)
def _address(name: str) -> str:
    """The address in the name of a PCI device, ``pci_0000_81_00_0``."""
    return '{1}:{2}:{3}.{4}'.format(*(name.split('_') + [''] * 4))


def _parent_name(xml: str) -> str:
    """The name of the PF of a VF, empty for other devices."""
    described = config.LibvirtConfigNodeDevice()
    described.parse_str(xml)
    for each in described.pci_capability.fun_capability:
        if each.type == 'phys_function' and each.device_addrs:
            return 'pci_{:04x}_{:02x}_{:02x}_{:x}'.format(
                *each.device_addrs[0])
    return ''
