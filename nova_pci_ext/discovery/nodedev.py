# SPDX-License-Identifier: Apache-2.0

"""The PCI devices of a host, as libvirt's node devices show them.

The texts are those of ``virsh nodedev-dumpxml``: of a running libvirt, or
recorded, one device a file.
"""

import dataclasses
import pathlib
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import links
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.model import ancestry
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Hypervisor
from nova_pci_ext.model.inventory import Inventory

LIBVIRT_URI = 'qemu:///system'
_PCI = "capability[@type='pci']"
_VPD = "capability[@type='vpd']/fields[@access='readonly']/serial_number"


def read_folder(name: str, folder: pathlib.Path) -> Inventory:
    """Read recorded node devices, one XML file each.

    :param name: what to call the host
    :raises DiscoveryError: if there is none, or one cannot be read
    """
    texts = {str(path): whole_files.read(path)
             for path in sorted(folder.glob('*.xml'))}
    return parse(name, str(folder), texts)


def read_libvirt(name: str, uri: str = LIBVIRT_URI) -> Inventory:
    """Ask a running libvirt; a device that vanishes meanwhile is left out.

    :raises DiscoveryError: without libvirt's Python package, or without
        libvirt
    """
    try:
        import libvirt
    except ImportError as exc:
        raise exceptions.DiscoveryError(
            uri, 'libvirt-python is not installed (python3-libvirt)',
        ) from exc
    try:
        connection = libvirt.openReadOnly(uri)
        devices = connection.listAllDevices(0)
        hypervisor = Hypervisor(
            libvirt=_version(connection.getLibVersion()),
            kind=connection.getType(),
            version=_version(connection.getVersion()))
    except libvirt.libvirtError as exc:
        raise exceptions.DiscoveryError(uri, str(exc)) from exc
    texts = {}
    for each in devices:
        try:
            texts[f'{uri}: {each.name()}'] = each.XMLDesc(0)
        except libvirt.libvirtError:
            continue
    connection.close()
    return dataclasses.replace(parse(name, uri, texts),
                               hypervisor=hypervisor)


def _version(number: int) -> str:
    """Write a version as people do; libvirt has it as one number."""
    return f'{number // 1000000}.{number // 1000 % 1000}.{number % 1000}'


def parse(name: str, origin: str, texts: Mapping[str, str]) -> Inventory:
    """Turn the XML of node devices into values.

    :param origin: where the texts are from, for people
    :param texts: what messages call a text, to the text; in any order
    :raises DiscoveryError: if a text is not a node device, or none is PCI
    """
    roots = [_root(source, text) for source, text in texts.items()]
    children: dict[str, list[ElementTree.Element]] = {}
    for root in roots:
        children.setdefault(_text(root, 'parent'), []).append(root)
    pci = [(root, capability) for root in roots
           if (capability := root.find(_PCI)) is not None]
    if not pci:
        raise exceptions.DiscoveryError(origin, 'has no PCI node device')
    devices = [_device(root, capability,
                       children.get(_text(root, 'name'), ()))
               for root, capability in pci]
    fault = ancestry.fault(devices)
    if fault is not None:
        raise exceptions.DiscoveryError(origin, fault)
    return Inventory(host=name, origin=origin, devices=tuple(
        sorted(_numbered(devices, pci), key=lambda each: each.address)))


def _root(source: str, text: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as exc:
        raise exceptions.DiscoveryError(
            source, f'expected XML: {exc}') from exc
    if root.tag != 'device' or not _text(root, 'name'):
        raise exceptions.DiscoveryError(
            source, 'expected a node device as virsh nodedev-dumpxml '
                    'prints it')
    return root


def _device(root: ElementTree.Element, capability: ElementTree.Element,
            children: Iterable[ElementTree.Element]) -> Device:
    """Read one PCI device.

    :param root: its node device
    :param capability: what that says of PCI
    :param children: the node devices right below it
    """
    source = _text(root, 'name')
    try:
        pf = capability.find("capability[@type='phys_function']/address")
        vfs = capability.find("capability[@type='virt_functions']")
        kinds = [child.find('capability') for child in children]
        node = capability.find('numa')
        group = capability.find('iommuGroup')
        return Device(
            address=PciAddress(*(int(_text(capability, part)) for part in
                                 ('domain', 'bus', 'slot', 'function'))),
            dev_type=_dev_type(pf, vfs, kinds),
            parent=None if pf is None else _address(pf),
            total_vfs=0 if vfs is None else int(
                vfs.get('maxCount') or len(vfs)),
            num_vfs=0 if vfs is None else len(vfs),
            numa_node=None if node is None else int(node.attrib['node']),
            iommu_group=None if group is None
            else int(group.attrib['number']),
            driver=_text(root, 'driver/name') or None,
            class_code=_text(capability, 'class').removeprefix('0x') or None,
            serial=_text(capability, _VPD) or None,
            pci_path=tuple(_text(root, 'path').split('/')[3:-1]),
            **_ids(capability), **_network(kinds))
    except (ValueError, KeyError) as exc:
        raise exceptions.DiscoveryError(
            source, f'not a whole PCI device: {exc}') from exc


def _ids(capability: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ('vendor', 'product'):
        each = capability.find(kind)
        if each is None:
            raise ValueError(f'it has no {kind}')
        found[f'{kind}_id'] = each.attrib['id'].removeprefix('0x')
        found[f'{kind}_name'] = (each.text or '').strip() or None
    return found


def _dev_type(pf: ElementTree.Element | None,
              vfs: ElementTree.Element | None,
              children: Iterable[ElementTree.Element | None]) -> DeviceType:
    """Classify as Nova's libvirt driver does."""
    if pf is not None:
        if any(child is not None and child.get('type') == 'vdpa'
               for child in children):
            return DeviceType.VDPA
        return DeviceType.VF
    return DeviceType.PCI if vfs is None else DeviceType.PF


def _network(children: Iterable[ElementTree.Element | None],
             ) -> dict[str, Any]:
    """Read the netdevs; MAC, link and features are those of the first."""
    nets = sorted((child for child in children if child is not None
                   and child.get('type') == 'net'),
                  key=lambda each: _text(each, 'interface'))
    if not nets:
        return {}
    link = nets[0].find('link')
    attributes = {} if link is None else link.attrib
    mac = _text(nets[0], 'address')
    return {
        'netdevs': tuple(_text(each, 'interface') for each in nets),
        'mac': mac if re.fullmatch('([0-9a-f]{2}:){5}[0-9a-f]{2}', mac)
        else None,
        'link_state': attributes.get('state'),
        'link_speed_mbps': links.known_speed(
            int(attributes.get('speed') or 0)),
        'capabilities': tuple(sorted(
            each.attrib['name'] for each in nets[0].iter('feature')))}


def _numbered(
        devices: Sequence[Device],
        pci: Iterable[tuple[ElementTree.Element, ElementTree.Element]],
        ) -> Iterator[Device]:
    """Number the VFs as the kernel does; libvirt lists them in order."""
    numbers = {
        _address(each): index for _, capability in pci
        for index, each in enumerate(capability.iterfind(
            "capability[@type='virt_functions']/address"))}
    for device in devices:
        yield dataclasses.replace(
            device, vf_index=numbers.get(device.address))


def _address(element: ElementTree.Element) -> PciAddress:
    return PciAddress(*(int(element.attrib[part], 16) for part in
                        ('domain', 'bus', 'slot', 'function')))


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or '').strip()
