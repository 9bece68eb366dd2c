# SPDX-License-Identifier: Apache-2.0

"""Groups of devices that no server can get."""

from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import places
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device_group import DeviceGroup


def check(covered: Coverage, groups: Iterable[DeviceGroup],
          ) -> Iterator[ConfigError]:
    """Yield a warning for each group that is of no use on a host."""
    groups = tuple(groups)
    lacking = places.unusable(groups, frozenset(
        str(device.address) for device in covered.handed_out()))
    for group in groups:
        why = (_lack(covered, lacking[group]) if group in lacking
               else _family(covered, group))
        if why is not None:
            yield ConfigError(str(group.source), f'{group} cannot be used',
                              why, Fault.NO_EFFECT)


def _lack(covered: Coverage, missing: Iterable[str]) -> str:
    present = {str(address): device
               for address, device in covered.devices.items()}
    absent = [address for address in missing if address not in present]
    kept = [present[address] for address in missing if address in present]
    parts = []
    if absent:
        parts.append('the host has no ' + ', '.join(absent))
    if kept:
        parts.append(f'no entry hands out {names(kept)}')
    return ', and '.join(parts)


def _family(covered: Coverage, group: DeviceGroup) -> str | None:
    """Say which PF of a group takes others of it along."""
    members = [covered.devices[address] for address in group.addresses]
    parents: dict[str, list[Device]] = {}
    for device in members:
        if device.parent in group.addresses:
            parents.setdefault(str(device.parent), []).append(device)
    for parent, children in parents.items():
        return f'PF {parent} takes {names(children)} along'
    return None
