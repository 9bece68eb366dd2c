# SPDX-License-Identifier: Apache-2.0

"""The domains of libvirt, and the host's devices that they have."""

import contextlib
import dataclasses
from collections.abc import Iterator
from xml.etree import ElementTree

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.model.address import PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain, running or only defined.

    :ivar hostdevs: devices that it gets whole, sorted
    :ivar interfaces: network interfaces of the host that it has through
        macvtap, in its order
    """

    uuid: str
    name: str
    running: bool
    hostdevs: tuple[PciAddress, ...] = ()
    interfaces: tuple[str, ...] = ()


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
    return Domain(
        uuid=uuid, name=root.findtext('name') or '', running=running,
        hostdevs=tuple(sorted(_hostdevs(root))),
        interfaces=tuple(
            source.get('dev') or '' for source in root.iterfind(
                "devices/interface[@type='direct']/source")))


def _hostdevs(root: ElementTree.Element) -> Iterator[PciAddress]:
    """Yield the devices of ``<hostdev>``, and of ports that are one."""
    for kind in ("hostdev[@type='pci']", "interface[@type='hostdev']"):
        for source in root.iterfind(f'devices/{kind}/source/address'):
            if source.get('type', 'pci') == 'pci':
                yield PciAddress(*(int(source.get(name) or '0', 16) for name
                                   in ('domain', 'bus', 'slot', 'function')))
