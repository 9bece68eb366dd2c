# SPDX-License-Identifier: Apache-2.0

"""What the host itself needs of what an entry hands out."""

import ipaddress
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import Unfollowed

# A device with only these is missed by nobody but who uses the network, or
# what is made of the disk.
_ROUTE, _DISK_OF, _PORT_OF = 'route to ', 'disk of ', 'port of '
_DEFAULT_ROUTE = 'default route'
_LEAVE = 'expected an entry that leaves this device out'
_STORAGE, _NETWORK = '01', '02'


def needed(devices: Mapping[PciAddress, Device],
           ) -> dict[PciAddress, tuple[str, ...]]:
    """Return the devices that the host cannot do without, and why.

    Those are the ones that it uses, and what carries them: the PF of a VF,
    and the bridges and controllers on the way to the root complex.
    """
    found: dict[PciAddress, list[str]] = {}
    # A host uses few of thousands of devices.
    used = [(device, uses) for device in devices.values()
            if (uses := [use for use in device.host_uses if not use.startswith(
                (_ROUTE, _DISK_OF, _PORT_OF))])]
    by_name = {str(address): address for address in devices} if used else {}
    for device, uses in used:
        found.setdefault(device.address, []).extend(uses)
        for carrier in _carriers(device, devices, by_name):
            found.setdefault(carrier, []).extend(
                f'{use} over {device.address}' for use in uses)
    return {address: tuple(dict.fromkeys(uses))
            for address, uses in found.items()}


def _carriers(device: Device, devices: Mapping[PciAddress, Device],
              by_name: Mapping[str, PciAddress]) -> Iterator[PciAddress]:
    parent = devices.get(device.parent) if device.parent else None
    if parent is not None:
        yield parent.address
    for name in dict.fromkeys((
            *device.pci_path, *(parent.pci_path if parent else ()))):
        if name in by_name:
            yield by_name[name]


def host_devices(covered: Coverage) -> Iterator[ConfigError]:
    """Yield an error for each device that the host needs itself.

    Also for those that only Nova's narrow addresses keep from being handed
    out: the operator means them.
    """
    uses = needed(covered.devices)
    for address, taker in {**covered.taken_by, **covered.untrackable}.items():
        if taker is not None and address in uses:
            yield ConfigError(
                str(covered.specs[taker].source),
                f'hands out {address}, which the host needs itself '
                f'({", ".join(uses[address])})',
                _LEAVE, Fault.HOST_DEVICE)


def service_addresses(covered: Coverage, addresses: Mapping[str, str],
                      ) -> Iterator[ConfigError]:
    """Yield an error for each device that has an address of the services.

    :param addresses: option to its value; what is not an address is passed
        over
    """
    for device in covered.handed_out():
        found = [f'{option} = {value}' for option, value in addresses.items()
                 if any(_is_in(value, network)
                        for network in _uses(device, _ROUTE))]
        if found:
            yield ConfigError(
                str(covered.taker(device).source),
                f'hands out {device.address}, which the host needs itself '
                f'({", ".join(found)})', _LEAVE, Fault.HOST_DEVICE)


def _uses(device: Device, kind: str) -> list[str]:
    return [use.removeprefix(kind) for use in device.host_uses
            if use.startswith(kind)]


def _is_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network)
    except ValueError:
        return False


def routes(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each device that some network is reached over."""
    for device, found in _used(covered, _ROUTE):
        yield ConfigError(
            str(covered.taker(device).source),
            f'hands out {device.address}, over which the host reaches '
            f'{", ".join(found)}',
            'the host does not while a guest has the device',
            Fault.HOST_DEVICE)


def held(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each disk that something is made of."""
    for device, found in _used(covered, _DISK_OF):
        yield ConfigError(
            str(covered.taker(device).source),
            f'hands out {device.address}, whose disk is a part of '
            f'{", ".join(found)} of the host',
            'make sure that nothing uses it, such as a service of Ceph, '
            'and stop it', Fault.HOST_DEVICE)


def ports(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each NIC that is a port of something.

    A route over it is reported already.
    """
    for device, found in _used(covered, _PORT_OF):
        if not _uses(device, _ROUTE):
            yield ConfigError(
                str(covered.taker(device).source),
                f'hands out {device.address}, which is a port of '
                f'{", ".join(found)} of the host',
                'what is connected there loses it while a guest has the '
                'device', Fault.HOST_DEVICE)


def _used(covered: Coverage, kind: str,
          ) -> Iterator[tuple[Device, list[str]]]:
    """Yield what is handed out and used so, where no need is reported."""
    needs = needed(covered.devices)
    for device in covered.handed_out():
        found = _uses(device, kind)
        if found and device.address not in needs:
            yield device, found


def unfollowed(covered: Coverage, inventory: Inventory,
               ) -> Iterator[ConfigError]:
    """Yield a warning for each use whose devices are not known.

    A use of a network is of concern where a NIC is handed out, one of a disk
    where a NIC or a storage controller is: disks can be reached over both.
    """
    for each in inventory.unfollowed:
        concerned = [device for device in covered.handed_out()
                     if _may_serve(device, each)]
        if concerned:
            yield ConfigError(
                'host', f'{each.use}: {each.reason}',
                f'make sure that it does not need {names(concerned)}',
                Fault.HOST_DEVICE)


def _may_serve(device: Device, each: Unfollowed) -> bool:
    if device.dev_type in CHILD_TYPES:
        return False
    kinds = ((_NETWORK,) if each.use == _DEFAULT_ROUTE
             else (_STORAGE, _NETWORK))
    return (device.class_code or '').startswith(kinds)
