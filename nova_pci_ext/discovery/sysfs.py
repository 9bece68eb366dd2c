# SPDX-License-Identifier: Apache-2.0

"""The PCI devices of a host, as the kernel shows them in sysfs.

Every function takes the folder that holds ``sys``, so that a recorded tree
is read by the same code as the host itself.  Folders are listed once and
only what is in them is opened: a host can have thousands of VFs.
"""

import os
import pathlib
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import fixed_facts
from nova_pci_ext.discovery import host_use
from nova_pci_ext.discovery import interfaces
from nova_pci_ext.discovery import iommu
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.discovery import links
from nova_pci_ext.discovery import numa
from nova_pci_ext.discovery import pci_paths
from nova_pci_ext.discovery import vpd
from nova_pci_ext.discovery.kernel_files import Folder
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model import ancestry
from nova_pci_ext.model import slots as slot_paths
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory

_VIRTFN = re.compile('virtfn([0-9]+)')
_VIRTIO = re.compile('virtio[0-9]+')
_VDPA = re.compile('vdpa[0-9]+')
_MAC = re.compile('([0-9a-f]{2}:){5}[0-9a-f]{2}')
_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# What NVIDIA's driver shows of a VF that it can make a vGPU by itself.
_VGPU_TYPE = 'nvidia/current_vgpu_type'


def read_host(name: str, root: pathlib.Path = pathlib.Path('/'),
              ) -> Inventory:
    """Read all PCI devices of a host, and what the host needs of them.

    NIC features are not in sysfs.  A serial number is there only for those
    who may read vital product data, which is root.  A device that vanishes
    while it is read is left out.  Nothing is read that makes the kernel wait
    for the lock of a device, which an unplugging can hold for minutes:
    ``driver_override`` (see ``overrides``) and ``sriov_numvfs``.

    :param name: what to call the host
    :raises DiscoveryError: if there is no PCI bus below ``root``
    """
    files = kernel_files.Root(root)
    folder = root / 'sys' / 'bus' / 'pci' / 'devices'
    files.enter(str(folder))
    if not folder.is_dir():
        raise exceptions.DiscoveryError(str(folder), 'not a folder')
    uses = host_use.read(root)
    devices = _still_there(_read(files, str(folder), uses.devices),
                           str(folder))
    fault = ancestry.fault(devices)
    if fault is not None:
        raise exceptions.DiscoveryError(str(folder), fault)
    return Inventory(
        host=name, origin=str(folder), numa_cells=numa.read_cells(root),
        readiness=iommu.read(root), devices=devices,
        unfollowed=uses.unfollowed)


def _read(root: Root, bus: str, uses: Mapping[str, Iterable[str]],
          ) -> Iterator[Device]:
    folders = {name: Folder(root, os.path.join(bus, name))
               for name in root.names(bus)}
    vf_numbers = dict(_vf_numbers(folders.values()))
    slots = fixed_facts.read_slots(root)
    for name, folder in folders.items():
        found = _device(folder, vf_numbers.get(name), uses.get(name, ()),
                        slots)
        if found is not None:
            yield found


def _still_there(devices: Iterable[Device], folder: str,
                 ) -> tuple[Device, ...]:
    """Leave out a VF that went while its PF was read, or with its PF."""
    found = {device.address: device for device in devices}
    return tuple(
        device for address, device in sorted(found.items())
        if device.parent is None or device.parent in found
        or os.path.exists(os.path.join(folder, str(address))))


def _vf_numbers(folders: Iterable[Folder]) -> Iterator[tuple[str, int]]:
    """Yield (address, number) of the VFs; ``ip link`` takes the number."""
    for folder in folders:
        for name in folder.names:
            found = _VIRTFN.fullmatch(name)
            child = folder.link(name) if found else None
            if found and child:
                yield child, int(found[1])


def _device(folder: Folder, vf_index: int | None, uses: Iterable[str],
            slots: Mapping[str, str]) -> Device | None:
    """Read one device.

    :returns: None if the device vanished, before the reading or during it
    """
    parent = folder.link('physfn')
    node = folder.number('numa_node')
    group = folder.link('iommu_group')
    total_vfs = folder.number('sriov_totalvfs') or 0
    ids = {key: (folder.text(name) or '').removeprefix('0x') for key, name in
           (('vendor_id', 'vendor'), ('product_id', 'device'),
            ('class_code', 'class'))}
    serial = vpd.read_serial(folder) if 'vpd' in folder.names else None
    driver = folder.link('driver')
    num_vfs = sum(bool(_VIRTFN.fullmatch(name)) for name in folder.names)
    network = _network(folder)
    above = pci_paths.above(folder.path)
    name = os.path.basename(folder.path)
    if network and not parent:
        network['permanent_mac'] = fixed_facts.permanent_mac(
            folder.root, name)
    # What vanished half-way would otherwise be reported half empty.
    if not _is_there(folder.path, ids['vendor_id']):
        return None
    return Device(
        address=PciAddress.parse(name),
        vendor_id=ids['vendor_id'], product_id=ids['product_id'],
        class_code=ids['class_code'] or None,
        dev_type=_dev_type(folder.names, parent, total_vfs),
        parent=None if parent is None else PciAddress.parse(parent),
        numa_node=None if node is None or node < 0 else node,
        iommu_group=int(group) if group and group.isdecimal() else None,
        driver=driver, serial=serial,
        total_vfs=total_vfs, num_vfs=num_vfs,
        vf_index=vf_index if parent else None,
        host_uses=tuple(sorted(uses)), pci_path=above,
        slot=None if parent else slot_paths.path(slots, above, name),
        vgpu_type=_vgpu_type(folder) if parent else None,
        vf_product_id=_vf_product_id(folder) if total_vfs else None,
        mdevs=tuple(name for name in folder.names if _UUID.fullmatch(name)),
        **network)


def _is_there(path: str, vendor_id: str) -> bool:
    """Whether the device is there, and could be read.

    :raises DiscoveryError: if it is there and has no ids
    """
    if vendor_id and os.path.exists(f'{path}/vendor'):
        return True
    if os.path.exists(path):
        raise exceptions.DiscoveryError(f'{path}/vendor', 'cannot be read')
    return False


def _dev_type(names: Iterable[str], parent: str | None, total_vfs: int,
              ) -> DeviceType:
    """Classify as Nova's libvirt driver does."""
    if parent is not None:
        if any(_VDPA.fullmatch(name) for name in names):
            return DeviceType.VDPA
        return DeviceType.VF
    return DeviceType.PF if total_vfs else DeviceType.PCI


def _network(folder: Folder) -> dict[str, Any]:
    """Return the netdevs of a device; MAC and link are those of the first.

    A virtio NIC has its netdev one level further down.  The interfaces that
    stand for VFs on the switch in a card are those of the PF too, and come
    last.  The twenty bytes of an InfiniBand port are no MAC.
    """
    place = 'net' if 'net' in folder.names else next(
        (f'{name}/net' for name in folder.names if _VIRTIO.fullmatch(name)),
        None)
    names = folder.root.names(folder.path, place) if place else ()
    if not place or not names:
        return {}
    netdevs = tuple(sorted(names, key=lambda name: interfaces.is_representor(
        folder.root, os.path.join(folder.path, place, name))))
    first = os.path.join(folder.path, place, netdevs[0])
    mac = folder.root.text(first, 'address') or ''
    state = folder.root.text(first, 'operstate')
    speed = folder.root.number(first, 'speed') if state == 'up' else None
    return {'netdevs': netdevs, 'link_state': state or None,
            'mac': mac if _MAC.fullmatch(mac) else None,
            'link_speed_mbps': links.known_speed(speed)}


def _vgpu_type(folder: Folder) -> int | None:
    if _VGPU_TYPE.partition('/')[0] not in folder.names:
        return None
    return folder.root.number(folder.path, _VGPU_TYPE)


def _vf_product_id(folder: Folder) -> str | None:
    """Return what the kernel prints without leading zeros."""
    found = folder.text('sriov_vf_device')
    return None if found is None else found.zfill(4)
