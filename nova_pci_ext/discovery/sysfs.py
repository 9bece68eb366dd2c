#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""The PCI devices of a host, as the kernel shows them in sysfs.

Every function takes the folder that holds ``sys``, so that a recorded tree
is read by the same code as the host itself.
"""

import pathlib
import re
from collections.abc import Iterable

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import host_use
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory

_VIRTFN = re.compile('virtfn([0-9]+)')


def read_host(name: str, root: pathlib.Path = pathlib.Path('/'),
              ) -> Inventory:
    """Read all PCI devices of a host, and what the host needs of them.

    NUMA cells are not read, and neither are NIC features and serial
    numbers: sysfs does not show them to everyone.

    :param name: what to call the host
    :raises DiscoveryError: if there is no PCI bus below ``root``
    """
    folder = root / 'sys' / 'bus' / 'pci' / 'devices'
    if not folder.is_dir():
        raise exceptions.DiscoveryError(str(folder), 'is no folder')
    uses = host_use.find(root)
    found = [_device(path, uses.get(path.name, ()))
             for path in sorted(folder.iterdir())]
    return Inventory(host=name, origin=str(folder), devices=tuple(
        sorted(found, key=lambda device: device.address)))


def _device(path: pathlib.Path, uses: Iterable[str]) -> Device:
    parent = _link(path / 'physfn')
    total_vfs = _number(path / 'sriov_totalvfs') or 0
    node = _number(path / 'numa_node')
    netdevs = _names(path / 'net')
    group = _link(path / 'iommu_group')
    return Device(
        address=PciAddress.parse(path.name),
        vendor_id=_id(path / 'vendor'), product_id=_id(path / 'device'),
        dev_type=_dev_type(path, parent, total_vfs),
        numa_node=None if node is None or node < 0 else node,
        parent=None if parent is None else PciAddress.parse(parent),
        class_code=(_text(path / 'class') or '').removeprefix('0x') or None,
        driver=_link(path / 'driver'),
        iommu_group=None if group is None else int(group),
        netdevs=netdevs,
        mac=_text(path / 'net' / netdevs[0] / 'address') if netdevs
        else None,
        total_vfs=total_vfs, num_vfs=_number(path / 'sriov_numvfs') or 0,
        vf_index=_vf_index(path) if parent else None,
        host_uses=tuple(sorted(uses)))


def _dev_type(path: pathlib.Path, parent: str | None, total_vfs: int,
              ) -> DeviceType:
    """Classify as Nova's libvirt driver does."""
    if parent is not None:
        if any(path.glob('vdpa[0-9]*')):
            return DeviceType.VDPA
        return DeviceType.VF
    return DeviceType.PF if total_vfs else DeviceType.PCI


def _vf_index(path: pathlib.Path) -> int | None:
    """Find the number that ``ip link`` knows a VF by below its PF."""
    for link in (path / 'physfn').glob('virtfn*'):
        number = _VIRTFN.fullmatch(link.name)
        if number and _link(link) == path.name:
            return int(number[1])
    return None


def _id(path: pathlib.Path) -> str:
    text = _text(path)
    if text is None:
        raise exceptions.DiscoveryError(str(path), 'cannot be read')
    return text.removeprefix('0x')


def _text(path: pathlib.Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _number(path: pathlib.Path) -> int | None:
    text = _text(path)
    return int(text) if text else None


def _link(path: pathlib.Path) -> str | None:
    """Name what a symbolic link points to; None if there is no link."""
    try:
        return path.readlink().name
    except OSError:
        return None


def _names(path: pathlib.Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(each.name for each in path.iterdir()))
    except OSError:
        return ()
