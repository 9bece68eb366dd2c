# SPDX-License-Identifier: Apache-2.0

"""Entries, aliases and extra specs beside the two switches of Placement."""

from collections.abc import Iterator

from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import placement
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.parsing import placement_names

_FOR_PLACEMENT = ('resource_class', 'traits')
_RESOURCES, _TRAIT = 'resources', 'trait'


def warnings(loaded: PciConfiguration) -> Iterator[ConfigError]:
    """Yield what has no effect as the switches stand."""
    switches = loaded.switches
    if loaded.specs and switches.pci_in_placement \
            and not switches.report_in_placement:
        yield ConfigError(
            '[filter_scheduler] pci_in_placement',
            'asks Placement for devices, and none is reported there',
            'set [pci] report_in_placement = true on all computes first',
            Fault.NO_EFFECT)
    if not switches.report_in_placement:
        for spec in loaded.specs:
            for key in _FOR_PLACEMENT:
                if spec.tags.get(key):
                    yield ConfigError(
                        f'{spec.source}.{key}', 'says nothing to Placement',
                        'set [pci] report_in_placement = true',
                        Fault.NO_EFFECT)
    else:
        yield from _never_reported(loaded)
    if not switches.pci_in_placement:
        for alias in loaded.aliases.values():
            for entry in alias.entries:
                for key in _FOR_PLACEMENT:
                    if getattr(entry, key):
                        yield ConfigError(
                            f'{entry.source}.{key}', 'is ignored',
                            'set [filter_scheduler] pci_in_placement = true '
                            'where the aliases are', Fault.NO_EFFECT)


def _never_reported(loaded: PciConfiguration) -> Iterator[ConfigError]:
    """Yield what is said to Placement of devices that it never has."""
    for spec in loaded.specs:
        for key in (*_FOR_PLACEMENT, 'one_time_use'):
            if spec.tags.get('physical_network') and spec.tags.get(
                    key) not in (None, '', 'false'):
                yield ConfigError(
                    f'{spec.source}.{key}', 'has no effect: devices with a '
                    'physical_network are never in Placement',
                    'remove the key', Fault.NO_EFFECT)


def extra_spec(key: str, loaded: PciConfiguration, covered: Coverage | None,
               ) -> Iterator[ConfigError]:
    """Yield what an extra spec asks of Placement in the place of an alias.

    :param key: such as ``resources:CUSTOM_GPU`` or ``resources1:PGPU``
    :param covered: the devices of a host, None when none is known
    """
    group, _, name = key.partition(':')
    if group.startswith(_TRAIT) and loaded.switches.report_in_placement:
        yield from _trait(key, name, loaded)
    if not group.startswith(_RESOURCES) or not name:
        return
    known = classes(loaded, covered)
    meant = placement_names.resource_class(name, None, None)
    if name not in known and meant in known:
        yield ConfigError(
            key, f'is ignored by Nova, as the class is called {meant}',
            'ask for an alias with pci_passthrough:alias', Fault.NO_EFFECT)
    if name in known:
        yield ConfigError(
            key, 'takes the resource in Placement, but no guest gets a '
                 'device by it',
            'ask for an alias with pci_passthrough:alias', Fault.NO_EFFECT)


def _trait(key: str, name: str, loaded: PciConfiguration,
           ) -> Iterator[ConfigError]:
    """Yield a trait that devices have, and a flavor asks of hosts."""
    given = {trait for spec in loaded.specs
             for trait in placement_names.traits(spec.tags.get('traits'))}
    if name in given:
        yield ConfigError(
            key, 'asks for a host with the trait, which device_spec gives to '
                 'devices', 'ask for it with "traits" in an alias',
            Fault.NO_EFFECT)


def classes(loaded: PciConfiguration, covered: Coverage | None,
            ) -> frozenset[str]:
    """Return the resource classes of what is handed out."""
    found = {name for spec in loaded.specs
             if (name := placement.class_of_entry(spec))}
    if covered is not None:
        terms = (placement.offered(device, covered.taker(device))
                 for device in covered.handed_out())
        found |= {each.resource_class for each in terms if each is not None}
    return frozenset(found)
