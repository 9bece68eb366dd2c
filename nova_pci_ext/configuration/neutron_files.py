# SPDX-License-Identifier: Apache-2.0

"""What Neutron's files say about SR-IOV, with the faults in them."""

import dataclasses
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TypeVar

from oslo_config import types

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import neutron_values

Value = TypeVar('Value')
_MAPPINGS = ('sriov_nic', 'physical_device_mappings')
_EXCLUDED = ('sriov_nic', 'exclude_devices')
_DRIVERS = ('ml2', 'mechanism_drivers')
_TYPES = ('ml2', 'type_drivers')
_VLANS = ('ml2_type_vlan', 'network_vlan_ranges')
_FLATS = ('ml2_type_flat', 'flat_networks')
_BANDWIDTHS = ('sriov_nic', 'resource_provider_bandwidths')
# What other agents call the mappings.
_OTHER_MAPPINGS = ('physical_interface_mappings', 'bridge_mappings',
                   'device_mappings', 'physical_mappings')
_READ = (_MAPPINGS, _EXCLUDED, _BANDWIDTHS, _DRIVERS, _TYPES, _VLANS, _FLATS)
# Another agent reads an option of the same name.
_READ_TOO = (('ovs', _BANDWIDTHS[1]),)
_PROHIBITED = ('sriov_driver', 'vnic_type_prohibit_list')
_PLUGINS = ('DEFAULT', 'service_plugins')
# With it the ranges are in Neutron's database.
_RANGES_ELSEWHERE = 'network_segment_range'
# What Neutron had, and drops without a word.
_REMOVED = ('agent_required', 'supported_pci_vendor_devs')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NeutronConfiguration:
    """What Neutron's server and its SR-IOV agent are told.

    Everywhere None means that no file says it, or not readably.

    :ivar where: name of an option to the place where it stands
    :ivar mappings: pairs of physical network and interface of a PF; none
        where the group of the SR-IOV agent is there, and not the option
    :ivar excluded: interface to the VFs that the agent leaves alone
    :ivar bandwidths: interfaces whose bandwidth goes to Placement
    :ivar vlans: physical networks with VLANs
    :ivar flats: flat physical networks; ``*`` for any
    :ivar prohibited: vnic_types that the driver for SR-IOV leaves alone
    :ivar are_ranges_elsewhere: whether ``vlans`` are not those of the files
    """

    where: Mapping[str, str]
    mappings: Sequence[tuple[str, str]] | None = None
    excluded: Mapping[str, Sequence[str]] | None = None
    bandwidths: Sequence[str] | None = None
    drivers: Sequence[str] | None = None
    types: Sequence[str] | None = None
    vlans: Sequence[str] | None = None
    flats: Sequence[str] | None = None
    prohibited: Sequence[str] | None = None
    are_ranges_elsewhere: bool = False


def load(paths: Iterable[pathlib.Path], faults: Faults,
         ) -> NeutronConfiguration:
    """Read Neutron's files as its services do, all of them together."""
    files = [config_files.read(path, faults) for path in paths]
    _check_names(files, faults)
    reader = _Reader(files, faults)
    found = NeutronConfiguration(
        mappings=reader.read_agents(_MAPPINGS,
                                    neutron_values.device_mappings),
        excluded=reader.read(_EXCLUDED, neutron_values.excluded_devices),
        bandwidths=reader.read(_BANDWIDTHS,
                               neutron_values.bandwidth_devices),
        drivers=reader.read(_DRIVERS, tuple),
        types=reader.read(_TYPES, tuple),
        vlans=reader.read(_VLANS, neutron_values.vlan_networks),
        flats=reader.read(_FLATS, tuple),
        prohibited=reader.read(_PROHIBITED, tuple),
        are_ranges_elsewhere=any(
            _RANGES_ELSEWHERE in name
            for name in reader.read(_PLUGINS, tuple) or ()),
        where=reader.where)
    return found


class _Reader:
    """Options that are lists with commas."""

    def __init__(self, files: Sequence[ConfigFile], faults: Faults) -> None:
        self._files = files
        self._faults = faults
        self.where: dict[str, str] = {}

    def read_agents(self, name: tuple[str, str],
                    convert: Callable[[Iterable[str]], Value],
                    ) -> Value | None:
        """Read an option of an agent, whose default is an empty list."""
        place = next((file.path for file in self._files
                      if name[0] in file.groups), None)
        if place is None or config_files.last(self._files, *name):
            return self.read(name, convert)
        self.where[name[1]] = f'{place}: [{name[0]}] {name[1]}'
        return convert(())

    def read(self, name: tuple[str, str],
             convert: Callable[[Iterable[str]], Value]) -> Value | None:
        """Read an option, None where it is not written or not readable."""
        found = config_files.last(self._files, *name)
        if found is None:
            return None
        file, option = found
        self.where[option.name] = file.where(option)
        words = [word.strip() for word in types.List()(option.value)
                 if word.strip()]
        try:
            return convert(words)
        except ValueError as exc:
            message, _, hint = str(exc).partition('; ')
            self._faults.refuse(file.where(option), message, hint)
            return None


def _check_names(files: Iterable[ConfigFile], faults: Faults) -> None:
    for file in files:
        for each in file.assignments:
            if each.name in _REMOVED:
                faults.note(file.where(each), 'is ignored by Neutron',
                            'remove it: Neutron no longer has this option',
                            Fault.OLD_NAME)
                continue
            place = _place(each.group, each.name)
            if place is not None:
                faults.flag(file.where(each), 'is ignored by Neutron',
                            f'write [{place[0]}] {place[1]} = {each.value}',
                            Fault.OLD_NAME)


def _place(group: str, name: str) -> tuple[str, str] | None:
    """Find where an option belongs that stands where nobody reads it."""
    if (group, name) in (*_READ, *_READ_TOO):
        return None
    if group == _MAPPINGS[0] and name in _OTHER_MAPPINGS:
        return _MAPPINGS
    names = {option: (where, option) for where, option in _READ}
    near = keys.meant(name, names)
    return names[near] if near else None
