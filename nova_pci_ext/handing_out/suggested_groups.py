# SPDX-License-Identifier: Apache-2.0

"""Groups that a host has by its topology, or by a table of partitions."""

import dataclasses
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out import places
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import CARD
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.partition import Partition

#: Types of the groups that are suggested.
SWITCH, NVLINK = 'switch', 'nvlink'
# NICs, GPUs and accelerators, by the class of the PCI specification.
_ON_SWITCHES = ('02', '03', '12')
_NIC = '02'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What is suggested for a host.

    :ivar left_out: why a partition is not a group, for people
    """

    groups: tuple[DeviceGroup, ...]
    left_out: tuple[str, ...] = ()


def of_topology(devices: Sequence[Device],
                handed_out: Container[PciAddress] | None = None,
                ) -> Suggestion:
    """Suggest the GPUs and NICs below one switch, and the NICs of one card.

    VFs are left out: sets of devices ask for their PFs' places as they are.

    :param devices: all of the host
    :param handed_out: those that may be in a group; None for all
    """
    where = places.find(devices)
    below: dict[str, list[PciAddress]] = {}
    cards: dict[str, list[PciAddress]] = {}
    for device in devices:
        place, kind = where[device.address], device.class_code or ''
        if device.dev_type in CHILD_TYPES or not (
                device.address.is_trackable if handed_out is None
                else device.address in handed_out):
            continue
        if PCIE_SWITCH in place and kind.startswith(_ON_SWITCHES):
            below.setdefault(place[PCIE_SWITCH], []).append(device.address)
        if kind.startswith(_NIC):
            cards.setdefault(_card(device, place), []).append(device.address)
    return Suggestion(groups=(*_groups(SWITCH, below), *_groups(CARD, cards)))


def _card(device: Device, place: Mapping[str, str]) -> str:
    return place.get(CARD) or str(device.address).rpartition('.')[0]


def _groups(kind: str, members: Mapping[str, Sequence[PciAddress]],
            ) -> Iterator[DeviceGroup]:
    """Yield groups of several devices, named after their first one."""
    for addresses in members.values():
        if len(addresses) > 1:
            first, *_ = found = tuple(sorted(addresses))
            yield DeviceGroup(type=kind, addresses=found,
                              name=str(first).replace(':', '-'))


def of_partitions(partitions: Iterable[Partition],
                  modules: Mapping[int, PciAddress],
                  devices: Sequence[Device]) -> Suggestion:
    """Suggest the partitions of a fabric manager.

    One of which a GPU is not known is left out, and never made smaller.

    :param modules: addresses by module id
    :param devices: all of the host
    """
    known = {device.address for device in devices}
    groups, left_out = [], []
    for partition in partitions:
        addresses = dict(partition.addresses)
        lack = _lack(partition, modules, known)
        if lack is not None:
            left_out.append(f'partition {partition.number}: {lack}')
            continue
        groups.append(DeviceGroup(
            type=NVLINK, name=f'p{partition.number}',
            addresses=tuple(sorted(
                modules.get(module) or addresses[module]
                for module in partition.modules))))
    return Suggestion(groups=tuple(groups), left_out=tuple(left_out))


def _lack(partition: Partition, modules: Mapping[int, PciAddress],
          known: set[PciAddress]) -> str | None:
    """Say why a partition cannot be a group, None if it can."""
    if not partition.modules or len(partition.modules) != partition.size:
        return (f'the table lists {len(partition.modules)} of its '
                f'{partition.size} GPUs')
    addresses = dict(partition.addresses)
    for module in partition.modules:
        address = modules.get(module) or addresses.get(module)
        if address is None:
            return f'no address is known of module {module}'
        if addresses.get(module, address) != address:
            return (f'module {module} is {address} in the map, and '
                    f'{addresses[module]} in the table')
        if address not in known:
            return f'the host has no {address}, which is module {module}'
    if len({modules.get(module) or addresses[module]
            for module in partition.modules}) < partition.size:
        return 'two of its modules have one address'
    return None
