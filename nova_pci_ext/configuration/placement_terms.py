# SPDX-License-Identifier: Apache-2.0

"""What aliases ask of Placement, and what entries of one file give it.

An alias may be for other hosts than the entries beside it, so that only what
looks like a slip, or names the same ids, is of concern.
"""

from collections.abc import Iterator

from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import placement
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import placement_names


def warnings(loaded: PciConfiguration) -> Iterator[ConfigError]:
    """Yield aliases that nothing is reported for, by their names."""
    switches = loaded.switches
    specs = [spec for spec in loaded.specs
             if not spec.tags.get('physical_network')]
    if not (switches.report_in_placement and switches.pci_in_placement
            and specs):
        return
    for alias in loaded.aliases.values():
        for entry in alias.entries:
            yield from _check(entry, specs)


def _check(entry: AliasEntry, specs: list[DeviceSpec],
           ) -> Iterator[ConfigError]:
    wanted = placement.asked(entry)
    asked = wanted.resource_class
    given = {name: spec for spec in specs
             if (name := placement.class_of_entry(spec))}
    if asked not in given:
        same = [spec for spec in specs if spec.vendor_id and spec.product_id
                and (spec.vendor_id, spec.product_id) == (
                    entry.vendor_id, entry.product_id)]
        near = (placement.class_of_entry(same[0]) if same
                else keys.meant(asked, given))
        if near:
            yield ConfigError(
                str(entry.source), f'asks Placement for {asked}, and '
                f'{given[near].source} reports {near}',
                f'write "resource_class": "{near}"', Fault.NO_EFFECT)
        return
    traits = frozenset[str]().union(
        *(placement_names.traits(spec.tags.get('traits')) for spec in specs
          if placement.class_of_entry(spec) == asked))
    for trait in sorted(wanted.traits - traits):
        near = keys.meant(trait, sorted(traits))
        if near:
            yield ConfigError(
                f'{entry.source}.traits', f'asks Placement for {trait}, '
                f'which no entry with {asked} has',
                f'did you mean {near}?', Fault.NO_EFFECT)
