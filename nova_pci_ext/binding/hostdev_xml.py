# SPDX-License-Identifier: Apache-2.0

"""Guest device -> libvirt's ``<hostdev>`` and ``<interface>``, and back."""

import typing
from xml.etree import ElementTree

from nova_pci_ext.model import binding
from nova_pci_ext.model import guest_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.binding import MacvtapMode
from nova_pci_ext.model.binding import SocketMode

_QBG = '802.1Qbg'
_QBH = '802.1Qbh'


def to_xml(device: guest_device.GuestDevice) -> str:
    """Write the element that libvirt reads."""
    element = _element(device)
    ElementTree.indent(element)
    return ElementTree.tostring(element, encoding='unicode')


def _element(device: guest_device.GuestDevice) -> ElementTree.Element:
    match device:
        case guest_device.Hostdev():
            return _hostdev(device)
        case guest_device.HostdevInterface():
            return _hostdev_interface(device)
        case guest_device.DirectInterface():
            return _direct(device)
        case guest_device.VhostUserInterface():
            return _vhostuser(device)
        case guest_device.VdpaInterface():
            return _vdpa(device)
    typing.assert_never(device)


def _hostdev(device: guest_device.Hostdev) -> ElementTree.Element:
    element = ElementTree.Element('hostdev', mode='subsystem', type='pci',
                                  managed=_yes_no(device.managed))
    _append_address(element, device.address)
    return element


def _hostdev_interface(
        device: guest_device.HostdevInterface) -> ElementTree.Element:
    element = _interface('hostdev', device.mac)
    element.set('managed', _yes_no(device.managed))
    _append_address(element, device.address, type='pci')
    _append_vlan(element, device.vlan)
    _append_virtualport(element, device.virtualport)
    return element


def _vhostuser(
        device: guest_device.VhostUserInterface) -> ElementTree.Element:
    element = _virtio('vhostuser', device.mac)
    _append(element, 'source', type='unix', mode=device.mode,
            path=device.socket)
    if device.target is not None:
        _append(element, 'target', dev=device.target)
    return element


def _vdpa(device: guest_device.VdpaInterface) -> ElementTree.Element:
    element = _interface('vdpa', device.mac)
    _append(element, 'source', dev=device.path)
    return element


def _direct(device: guest_device.DirectInterface) -> ElementTree.Element:
    element = _virtio('direct', device.mac)
    if device.trusted:
        element.set('trustGuestRxFilters', 'yes')
    if device.driver is not None:
        _append(element, 'driver', name=device.driver)
    _append(element, 'source', dev=device.source, mode=device.mode)
    _append_vlan(element, device.vlan)
    _append_virtualport(element, device.virtualport)
    return element


def _interface(kind: str, mac: str) -> ElementTree.Element:
    element = ElementTree.Element('interface', type=kind)
    _append(element, 'mac', address=mac)
    return element


def _virtio(kind: str, mac: str) -> ElementTree.Element:
    element = _interface(kind, mac)
    _append(element, 'model', type='virtio')
    return element


def _append(parent: ElementTree.Element, tag: str,
            **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _append_address(parent: ElementTree.Element, address: PciAddress,
                    **attributes: str) -> None:
    _append(_append(parent, 'source'), 'address', **attributes,
            domain=f'0x{address.domain:04x}', bus=f'0x{address.bus:02x}',
            slot=f'0x{address.slot:02x}',
            function=f'0x{address.function:x}')


def _append_vlan(parent: ElementTree.Element, vlan: int | None) -> None:
    if vlan is not None:
        _append(_append(parent, 'vlan'), 'tag', id=str(vlan))


def _append_virtualport(parent: ElementTree.Element,
                        port: guest_device.VirtualPort | None) -> None:
    match port:
        case binding.QbgParameters():
            _append(_append(parent, 'virtualport', type=_QBG), 'parameters',
                    managerid=str(port.managerid), typeid=str(port.typeid),
                    typeidversion=str(port.typeidversion),
                    instanceid=port.instanceid)
        case binding.QbhParameters():
            _append(_append(parent, 'virtualport', type=_QBH), 'parameters',
                    profileid=port.profileid)


def from_xml(text: str) -> guest_device.GuestDevice:
    """Read one element back, as we or libvirt wrote it.

    What libvirt adds (aliases, guest addresses, target names) is passed over.

    :raises ValueError: for an element of another kind
    """
    element = ElementTree.fromstring(text)
    kind = element.get('type')
    if element.tag == 'hostdev' and kind == 'pci':
        return guest_device.Hostdev(
            address=_read_address(element), managed=_read_managed(element))
    if element.tag != 'interface' or kind not in _INTERFACES:
        raise ValueError(f'<{element.tag} type={kind!r}> takes no PCI device')
    return _INTERFACES[kind](element, _find(element, 'mac', 'address'))


def _read_hostdev(element: ElementTree.Element,
                  mac: str) -> guest_device.GuestDevice:
    port = _read_virtualport(element)
    return guest_device.HostdevInterface(
        mac=mac, address=_read_address(element), vlan=_read_vlan(element),
        managed=_read_managed(element),
        virtualport=port if isinstance(port, binding.QbhParameters) else None)


def _read_direct(element: ElementTree.Element,
                 mac: str) -> guest_device.GuestDevice:
    driver = element.find('driver')
    return guest_device.DirectInterface(
        mac=mac, source=_find(element, 'source', 'dev'),
        mode=MacvtapMode(_find(element, 'source', 'mode')),
        vlan=_read_vlan(element), virtualport=_read_virtualport(element),
        trusted=element.get('trustGuestRxFilters') == 'yes',
        driver=None if driver is None else driver.get('name'))


def _read_vhostuser(element: ElementTree.Element,
                    mac: str) -> guest_device.GuestDevice:
    target = element.find('target')
    return guest_device.VhostUserInterface(
        mac=mac, socket=_find(element, 'source', 'path'),
        mode=SocketMode(_find(element, 'source', 'mode')),
        target=None if target is None else target.get('dev'))


def _read_vdpa(element: ElementTree.Element,
               mac: str) -> guest_device.GuestDevice:
    return guest_device.VdpaInterface(
        mac=mac, path=_find(element, 'source', 'dev'))


_INTERFACES = {
    'hostdev': _read_hostdev, 'direct': _read_direct,
    'vhostuser': _read_vhostuser, 'vdpa': _read_vdpa,
}


def _find(element: ElementTree.Element, path: str, attribute: str) -> str:
    found = element.find(path)
    if found is None or found.get(attribute) is None:
        raise ValueError(f'<{element.tag}> has no {path} with {attribute}')
    return found.attrib[attribute]


def _read_address(element: ElementTree.Element) -> PciAddress:
    # libvirt prints 0x81 and takes 129 too; base 0 reads both.
    return PciAddress(*(
        int(_find(element, 'source/address', part), 0)
        for part in ('domain', 'bus', 'slot', 'function')))


def _read_vlan(element: ElementTree.Element) -> int | None:
    tag = element.find('vlan/tag')
    return None if tag is None else int(tag.attrib['id'])


def _read_virtualport(
        element: ElementTree.Element) -> guest_device.VirtualPort | None:
    port = element.find('virtualport')
    if port is None:
        return None
    # Nova writes one <parameters> a value, libvirt one for all.
    values = {key: value for parameters in port.iter('parameters')
              for key, value in parameters.items()}
    if port.get('type') == _QBH:
        return binding.QbhParameters(profileid=values['profileid'])
    return binding.QbgParameters(
        managerid=int(values['managerid']), typeid=int(values['typeid']),
        typeidversion=int(values['typeidversion']),
        instanceid=values['instanceid'])


def _read_managed(element: ElementTree.Element) -> bool:
    return element.get('managed') == 'yes'


def _yes_no(value: bool) -> str:
    return 'yes' if value else 'no'
