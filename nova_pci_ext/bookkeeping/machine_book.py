# SPDX-License-Identifier: Apache-2.0

"""The book of this host itself: its devices and its guests."""

import pathlib
from collections.abc import Iterable
from collections.abc import Mapping

import nova.conf
from nova import exception
from nova.virt import node

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.discovery import domains
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.discovery import vdpa
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.handing_out.groups import is_vfio_driver
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.virt import hand_over

CONF = nova.conf.CONF
_RECORDED = 'RecordedDriver'


def read(host: str) -> tuple[Machine, tuple[str, ...]]:
    """Read this host, as its nova-compute sees it.

    :returns: the host, and what of it could not be read, for people
    """
    if (CONF.compute_driver or '').endswith(_RECORDED):
        pci_ext.register_opts(CONF)
        return recorded(host, pathlib.Path(CONF.pci_ext.recorded_inventory),
                        CONF.state_path), ()
    left_out = []
    found, guests = None, None
    try:
        found = sysfs.read_host(host)
    except exceptions.DiscoveryError as exc:
        left_out.append(f'the devices of {host}: {exc}')
    try:
        guests = domains.read(CONF.libvirt.connection_uri
                              or nodedev.LIBVIRT_URI)
    except exceptions.DiscoveryError as exc:
        left_out.append(f'the guests of {host}: {exc}')
    return machine(host, found, guests, vdpa.files(Root('/'))), (
        tuple(left_out))


def identity() -> str | None:
    """Return the UUID of the compute node that this machine is.

    nova-compute keeps it in a file ``compute_id``; another machine with a
    copy of its configuration has not got it.

    :returns: None where the file is missing or cannot be read
    """
    try:
        found: str | None = node.read_local_node_uuid()
    except (OSError, exception.InvalidNodeConfiguration):
        return None
    return found


def recorded(host: str, path: pathlib.Path, state_path: str) -> Machine:
    """Read the host of a recorded driver, and what it wrote of its guests.

    :param path: of the inventory file
    """
    guests = tuple(Guest(
        uuid=each['server'], name=each['name'], running=each['running'],
        hostdevs=tuple(sorted(device['address']
                              for device in each['devices'])))
        for each in hand_over.read_all(state_path))
    return Machine(host=host, recorded=True, guests=guests, devices=_devices(
        inventory_file.read_inventory(path).devices))


def machine(host: str, found: Inventory | None,
            guests: Iterable[domains.Domain] | None,
            vdpa_files: Mapping[str, str]) -> Machine:
    """Return a host of what sysfs and libvirt say.

    :param vdpa_files: the address behind each device file of vDPA
    """
    devices = found.devices if found else ()
    whole = {**vdpa_files, **{
        name: str(device.address) for device in devices
        for name in device.netdevs}}
    parts = {uuid: str(device.address) for device in devices
             for uuid in device.mdevs}
    return Machine(
        host=host, devices=None if found is None else _devices(devices),
        guests=None if guests is None else tuple(
            _guest(each, whole, parts) for each in guests))


def _guest(domain: domains.Domain, whole: Mapping[str, str],
           parts: Mapping[str, str]) -> Guest:
    """Follow a guest's devices to their addresses.

    :param whole: of interfaces and device files
    :param parts: of mediated devices
    """
    named = (*domain.interfaces, *domain.vdpa)
    return Guest(
        uuid=domain.uuid, name=domain.name, running=domain.running,
        hostdevs=tuple(map(str, domain.hostdevs)),
        netdevs=tuple(sorted(whole[name] for name in named if name in whole)),
        parts=tuple(sorted(parts[uuid] for uuid in domain.mdevs
                           if uuid in parts)),
        complete=(domain.complete and whole.keys() >= set(named)
                  and parts.keys() >= set(domain.mdevs)))


def _devices(devices: Iterable[Device]) -> tuple[MachineDevice, ...]:
    return tuple(MachineDevice(
        address=str(each.address), dev_type=each.dev_type,
        parent=None if each.parent is None else str(each.parent),
        vendor_id=each.vendor_id, product_id=each.product_id,
        driver=each.driver, num_vfs=each.num_vfs,
        for_guests=(is_vfio_driver(each.driver)
                    or each.vgpu_type is not None)) for each in devices)
