# SPDX-License-Identifier: Apache-2.0

"""IOMMU groups as VFIO sees them.

A guest gets a device only while its whole group is viable: no other device
of the group may be held by a driver that does DMA for the host.
"""

import itertools
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.device import Device

# What has a header of another type than an endpoint, which the class of a
# device tells: bridges between PCI buses, CardBus, semi-transparent ones.
_BRIDGES = ('0604', '0607', '0609')
_HARMLESS = ('pci-stub', 'pcieport')
_PATH = '[pci] device_spec'


def is_bridge(device: Device) -> bool:
    """Whether a device is a bridge, which no guest can get."""
    return (device.class_code or '').startswith(_BRIDGES)


def is_vfio_driver(driver: str | None) -> bool:
    """Whether a driver gives devices to guests.

    Beside vfio-pci those are its variants of vendors: ``mlx5_vfio_pci``,
    ``nvgrace_gpu_vfio_pci``, ``xe-vfio-pci``.
    """
    return (driver or '').replace('-', '_').endswith('vfio_pci')


def is_viable(device: Device) -> bool:
    """Whether a device can stay behind when another of its group goes."""
    return (device.driver is None or device.driver in _HARMLESS
            or is_vfio_driver(device.driver) or is_bridge(device))


def split_groups(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each group of which the host keeps a part."""
    groups = {device.iommu_group for device in covered.handed_out()
              if device.iommu_group is not None}
    left: dict[int, list[Device]] = {}
    for address, device in covered.devices.items():
        if (device.iommu_group in groups and covered.taken_by[address] is None
                and not is_viable(device)):
            left.setdefault(device.iommu_group, []).append(device)
    for group, kept in sorted(left.items()):
        yield ConfigError(
            _PATH, f'hands out only a part of IOMMU group {group}',
            f'a guest cannot get it while the host keeps {names(kept)}',
            Fault.NO_EFFECT)


def shared_groups(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each group with devices for several guests."""
    groups: dict[int, list[Device]] = {}
    for device in covered.handed_out():
        if device.iommu_group is not None:
            groups.setdefault(device.iommu_group, []).append(device)
    for group, members in sorted(groups.items()):
        members = _without_pfs(members)
        if _are_apart(members):
            yield ConfigError(
                _PATH, f'hands out {len(members)} devices of IOMMU group '
                       f'{group}', _who_gets(members), Fault.NO_EFFECT)


def _without_pfs(members: Sequence[Device]) -> list[Device]:
    """Leave out PFs whose VFs are there: that is another warning's."""
    parents = {device.parent for device in members}
    return [device for device in members if device.address not in parents]


def _are_apart(members: Sequence[Device]) -> bool:
    """Whether Nova would give some of them to different guests.

    The functions of one card, such as a GPU and its sound device, are for
    one guest as a rule, unless two of them are alike.
    """
    return any(
        (one.vendor_id, one.product_id) == (other.vendor_id, other.product_id)
        or _slot(one) != _slot(other)
        for one, other in itertools.combinations(members, 2))


def _slot(device: Device) -> tuple[int, int, int]:
    address = device.address
    return address.domain, address.bus, address.slot


def _who_gets(members: Sequence[Device]) -> str:
    shown = names(members)
    if all(map(is_viable, members)):
        return f'they go to one guest at a time: {shown}'
    return f'a guest has to get all of them: {shown}'
