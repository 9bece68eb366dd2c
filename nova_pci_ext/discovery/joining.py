# SPDX-License-Identifier: Apache-2.0

"""One inventory from what sysfs shows and what libvirt shows.

Sysfs is the kernel's own word, so it wins; libvirt adds what it alone
knows: the features of NICs, names, and serial numbers to whoever is not root.
Where both say something and it differs, the difference is stated.
"""

import dataclasses
from collections.abc import Iterator

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory

# What only one of the two can know is not a difference between them.
_SYSFS_ONLY = frozenset({'driver_override', 'host_uses', 'vgpu_type',
                         'mdevs', 'vf_product_id', 'owner', 'drained',
                         'unhealthy', 'unclean', 'held', 'slot',
                         'permanent_mac'})
# Of the first network interface, which libvirt cannot tell from those that
# stand for VFs.
_OF_NETDEV = frozenset({'mac', 'link_state', 'link_speed_mbps'})
_LIBVIRT_ONLY = frozenset({'capabilities', 'vendor_name', 'product_name'})
_COMPARED = tuple(
    field.name for field in dataclasses.fields(Device)
    if field.name not in {'address', *_SYSFS_ONLY, *_LIBVIRT_ONLY})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact in which the two sources do not agree.

    :ivar field: of ``Device``; None where one source lacks the device
    :ivar sysfs: what sysfs says, as text; None for nothing
    :ivar libvirt: what libvirt says, likewise
    """

    address: PciAddress
    field: str | None
    sysfs: str | None
    libvirt: str | None

    def __str__(self) -> str:
        if self.field is None:
            there, missing = (('sysfs', 'libvirt') if self.sysfs
                              else ('libvirt', 'sysfs'))
            return f'{self.address}: {there} has it, {missing} does not'
        return (f'{self.address} {self.field}: sysfs says '
                f'{self.sysfs or "nothing"}, libvirt says '
                f'{self.libvirt or "nothing"}')


def join(sysfs: Inventory, libvirt: Inventory,
         ) -> tuple[Inventory, tuple[Difference, ...]]:
    """Join two views of one host.

    A device that only libvirt has is left out: it went after libvirt had
    read it, or libvirt is another machine's.

    :returns: the inventory, and the differences by address and field
    """
    known = {each.address: each for each in libvirt.devices}
    devices = tuple(_join(each, known.get(each.address))
                    for each in sysfs.devices)
    differences = (*_differences(sysfs, known),
                   *_only_libvirt(sysfs, libvirt))
    joined = dataclasses.replace(
        sysfs, devices=devices, hypervisor=libvirt.hypervisor,
        origin=f'{sysfs.origin} and {libvirt.origin}')
    return joined, tuple(sorted(
        differences, key=lambda each: (each.address, each.field or '')))


def _join(sysfs: Device, libvirt: Device | None) -> Device:
    if libvirt is None:
        return sysfs
    return dataclasses.replace(sysfs, **{
        field.name: getattr(libvirt, field.name)
        for field in dataclasses.fields(Device)
        if getattr(sysfs, field.name) == field.default})


def _differences(sysfs: Inventory, known: dict[PciAddress, Device],
                 ) -> Iterator[Difference]:
    for each in sysfs.devices:
        other = known.get(each.address)
        if other is None:
            yield Difference(address=each.address, field=None,
                             sysfs='there', libvirt=None)
            continue
        alike = (len(each.netdevs) > 1
                 and set(each.netdevs) == set(other.netdevs))
        for field in _COMPARED:
            if alike and field in {'netdevs', *_OF_NETDEV}:
                continue
            ours, theirs = getattr(each, field), getattr(other, field)
            if ours != theirs:
                yield Difference(address=each.address, field=field,
                                 sysfs=_shown(ours), libvirt=_shown(theirs))


def _only_libvirt(sysfs: Inventory, libvirt: Inventory,
                  ) -> Iterator[Difference]:
    there = {each.address for each in sysfs.devices}
    for each in libvirt.devices:
        if each.address not in there:
            yield Difference(address=each.address, field=None, sysfs=None,
                             libvirt='there')


def _shown(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return ' '.join(map(str, value))
    return str(value)
