# SPDX-License-Identifier: Apache-2.0

"""Where the devices are that a virt driver reports."""

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.discovery import pci_paths
from nova_pci_ext.handing_out import places
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.novaobj.device_reports import PCI_PATH
from nova_pci_ext.novaobj.device_reports import Reported

_TYPES = frozenset(DeviceType)
Places = Mapping[str, Mapping[str, str]]


def find(reported: Sequence[Reported], groups: Iterable[DeviceGroup] = (),
         root: kernel_files.Root | None = None) -> Places:
    """Return the tags of the place of each reported device by its address.

    Nova's driver does not say how a device is reached, so the kernel is
    asked, once for a card and not for its VFs.

    :param reported: all devices of the host, as virt drivers report them
    :param root: the folder that holds ``sys``, that of this host if None
    """
    parents = _parents(reported)
    found = places.survey(tuple(_devices(
        (properties for properties in reported
         if properties['address'] not in parents),
        root or kernel_files.Root('/'))), groups)
    return {address: found.of(address, parents.get(address))
            for address in {properties['address'] for properties in reported}}


def asked_of_kernel(reported: Sequence[Reported]) -> tuple[str, ...]:
    """Return the addresses whose places ``find`` asks the kernel for."""
    parents = _parents(reported)
    return tuple(properties['address'] for properties in reported
                 if properties['address'] not in parents
                 and PCI_PATH not in properties)


def reached(addresses: Iterable[str],
            root: kernel_files.Root | None = None,
            ) -> tuple[tuple[str, ...], ...]:
    """Read how the kernel reaches devices now: one link each."""
    found = root or kernel_files.Root('/')
    return tuple(pci_paths.now(found, address) for address in addresses)


def _parents(reported: Sequence[Reported]) -> dict[str, str | None]:
    """Return the PF of each child whose PF is reported too."""
    known = {properties['address'] for properties in reported}
    return {properties['address']: properties.get('parent_addr')
            for properties in reported
            if properties.get('dev_type') in CHILD_TYPES
            and properties.get('parent_addr') in known}


def _devices(reported: Iterable[Reported], root: kernel_files.Root,
             ) -> Iterator[Device]:
    """Yield what is known of the devices that have an address and a type."""
    for properties in reported:
        dev_type = properties.get('dev_type')
        if dev_type not in _TYPES:
            continue
        with contextlib.suppress(exceptions.AddressError):
            yield Device(
                address=PciAddress.parse(properties['address']),
                vendor_id=properties['vendor_id'],
                product_id=properties['product_id'],
                dev_type=DeviceType(dev_type), serial=_serial(properties),
                pci_path=_path(properties, root))


def _path(properties: Reported, root: kernel_files.Root,
          ) -> tuple[str, ...]:
    if PCI_PATH in properties:
        return tuple(properties[PCI_PATH])
    return pci_paths.of_device(
        root, properties['address'], properties['vendor_id'],
        properties['product_id'])


def _serial(properties: Reported) -> str | None:
    capabilities = properties.get('capabilities') or {}
    return capabilities.get('vpd', {}).get('card_serial_number')
