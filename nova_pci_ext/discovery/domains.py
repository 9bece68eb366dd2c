# SPDX-License-Identifier: Apache-2.0

"""The domains of libvirt, and the host's devices that they have."""

import contextlib
import dataclasses
from xml.etree import ElementTree

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.model.address import PciAddress

# Elements below <devices> that are never a PCI device of the host. Behind the
# socket of vhostuser may be a VF (virtio-forwarder): it is not one of them.
_OF_NO_DEVICE = frozenset({
    'audio', 'channel', 'console', 'controller', 'crypto', 'emulator',
    'filesystem', 'graphics', 'hub', 'input', 'iommu', 'lease', 'memballoon',
    'memory', 'nvram', 'panic', 'parallel', 'pstore', 'redirdev',
    'redirfilter', 'rng', 'serial', 'shmem', 'smartcard', 'sound', 'tpm',
    'video', 'vsock', 'watchdog',
    'disk:block', 'disk:dir', 'disk:file', 'disk:network', 'disk:volume',
    'hostdev:scsi', 'hostdev:usb',
    'interface:bridge', 'interface:client', 'interface:ethernet',
    'interface:internal', 'interface:mcast', 'interface:null',
    'interface:server', 'interface:udp', 'interface:user'})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain, running or only defined.

    :ivar hostdevs: devices that it gets whole, sorted
    :ivar interfaces: network interfaces of the host that it has through
        macvtap, in its order
    :ivar mdevs: UUIDs of its mediated devices, in its order
    :ivar vdpa: device files of its vDPA devices, in its order
    :ivar complete: whether it has no other device of the host; what is not
        known to be none is one
    """

    uuid: str
    name: str
    running: bool
    hostdevs: tuple[PciAddress, ...] = ()
    interfaces: tuple[str, ...] = ()
    mdevs: tuple[str, ...] = ()
    vdpa: tuple[str, ...] = ()
    complete: bool = True


def read(uri: str = nodedev.LIBVIRT_URI) -> tuple[Domain, ...]:
    """Ask a running libvirt; a domain that vanishes meanwhile is left out.

    :raises DiscoveryError: without libvirt's Python package, without libvirt,
        or if it does not describe a domain that is there: who takes a guest
        for gone gives its devices away
    """
    try:
        import libvirt
    except ImportError as exc:
        raise exceptions.DiscoveryError(
            uri, 'libvirt-python is not installed (python3-libvirt)',
        ) from exc
    found = []
    try:
        with contextlib.closing(libvirt.openReadOnly(uri)) as connection:
            for each in connection.listAllDomains(0):
                try:
                    found.append(parse(each.XMLDesc(0),
                                       running=bool(each.isActive())))
                except libvirt.libvirtError as exc:
                    if exc.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                        raise
    except libvirt.libvirtError as exc:
        raise exceptions.DiscoveryError(uri, str(exc)) from exc
    return tuple(sorted(found, key=lambda domain: domain.uuid))


def parse(text: str, *, running: bool) -> Domain:
    """Turn the XML of a domain into a value.

    :raises DiscoveryError: if it is not the XML of a domain
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as exc:
        raise exceptions.DiscoveryError(
            'libvirt', f'expected XML: {exc}') from exc
    uuid = root.findtext('uuid')
    if root.tag != 'domain' or not uuid:
        raise exceptions.DiscoveryError(
            'libvirt', 'expected a domain as virsh dumpxml prints it')
    held = _Held(running=running)
    for each in root.iterfind('devices/*'):
        held.add(each)
    return Domain(
        uuid=uuid, name=root.findtext('name') or '', running=running,
        hostdevs=tuple(sorted(held.hostdevs)), mdevs=tuple(held.mdevs),
        interfaces=tuple(held.interfaces), vdpa=tuple(held.vdpa),
        complete=held.complete and not any(map(_is_beside, root.iter())))


def _is_beside(element: ElementTree.Element) -> bool:
    """Whether an element gives the guest what <devices> does not show.

    Those are arguments of the hypervisor, and nodes with which the host's GPU
    draws.
    """
    return element.tag.endswith('}commandline') or 'rendernode' in (
        element.attrib)


class _Held:
    """What the elements of a domain have of the host.

    :ivar complete: whether all that was added is known
    """

    def __init__(self, *, running: bool) -> None:
        self._running = running
        self.complete = True
        self.hostdevs: list[PciAddress] = []
        self.interfaces: list[str] = []
        self.mdevs: list[str] = []
        self.vdpa: list[str] = []

    def add(self, element: ElementTree.Element) -> None:
        """Add one element of ``<devices>``."""
        kind = element.get('type')
        name = (f'{element.tag}:{kind}'
                if element.tag in ('disk', 'hostdev', 'interface')
                else element.tag)
        source = element.find('source')
        match name:
            case 'hostdev:pci' | 'interface:hostdev':
                self._add_device(source)
            case 'hostdev:mdev':
                self._add_name(self.mdevs, _attribute(source, 'address',
                                                      'uuid'))
            case 'interface:direct':
                self._add_name(self.interfaces, _attribute(source, '', 'dev'))
            case 'interface:vdpa' | 'disk:vhostvdpa':
                self._add_name(self.vdpa, _attribute(source, '', 'dev'))
            case 'interface:network':
                # Which device it has of a pool is said while it runs only;
                # then the type is another one, or it is on a bridge.
                self.complete &= (not self._running or bool(
                    _attribute(source, '', 'bridge')))
            case 'disk:nvme':
                self._add_device(source)
            case _:
                self.complete &= name in _OF_NO_DEVICE
        if element.tag == 'disk':
            self._add_images(element)

    def _add_images(self, disk: ElementTree.Element) -> None:
        """Add what a disk is based on, and what it is mirrored to."""
        for each in disk.iter():
            if each.tag in ('backingStore', 'mirror', 'dataStore') and (
                    each.get('type')):
                self.add(_as_disk(each))

    def _add_name(self, names: list[str], name: str | None) -> None:
        if name:
            names.append(name)
        else:
            self.complete = False

    def _add_device(self, source: ElementTree.Element | None) -> None:
        address = None if source is None else source.find('address')
        if address is None or address.get('type', 'pci') != 'pci':
            self.complete = False
            return
        try:
            found = PciAddress(*(int(address.get(name) or '0', 16) for name
                                 in ('domain', 'bus', 'slot', 'function')))
            self.hostdevs.append(PciAddress.parse(str(found)))
        except (ValueError, exceptions.AddressError):
            self.complete = False


def _as_disk(image: ElementTree.Element) -> ElementTree.Element:
    """Return an image of a disk as a disk of its own."""
    found = ElementTree.Element('disk', type=image.get('type') or '')
    source = image.find('source')
    if source is not None:
        found.append(source)
    return found


def _attribute(source: ElementTree.Element | None, below: str,
               name: str) -> str | None:
    """Return an attribute of a source, or of an element below it."""
    if source is not None and below:
        source = source.find(below)
    return None if source is None else source.get(name)
