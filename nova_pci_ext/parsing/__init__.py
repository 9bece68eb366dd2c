# SPDX-License-Identifier: Apache-2.0

"""From configuration text to values: the public parsers.

Each of them reads everything it is given, and then raises one
``ConfigErrors`` with all the faults.  Who wants the warnings too passes a
``Faults`` to the readers of the modules below.

Called by ``configuration``, ``compute``, ``api`` and ``cli``.  Pure; may
import ``model`` and the libraries of Placement's names.  A change keeps what
Nova accepts with a meaning accepted with the same meaning.
"""

from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import alias
from nova_pci_ext.parsing import device_group
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import device_spec
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import whole_flavor
from nova_pci_ext.parsing.faults import Faults

DEVICE_SPEC_OPTION = 'device_spec'
ALIAS_OPTION = 'alias'
DEVICE_GROUP_OPTION = 'device_group'

__all__ = [
    'Faults',
    'option_values',
    'parse_alias',
    'parse_aliases',
    'parse_device_groups',
    'parse_device_set',
    'parse_device_sets',
    'parse_device_spec',
    'parse_device_specs',
    'parse_flavor_alias',
]


def option_values(option: str, texts: Iterable[str], group: str = 'pci',
                  ) -> tuple[OptionValue, ...]:
    """Give texts of a group that come without a file their positions."""
    return tuple(OptionValue(text, Source(option=option, index=index,
                                          group=group))
                 for index, text in enumerate(texts))


def parse_device_spec(text: str, *, strict: bool = True,
                      ) -> tuple[DeviceSpec, ...]:
    """Read one value of ``[pci] device_spec``: an entry or a list of them.

    :param strict: whether what Nova accepts, but should not, is an error
    :raises ConfigErrors: with all the faults
    """
    faults = Faults(strict=strict)
    specs = parse_device_specs(option_values(DEVICE_SPEC_OPTION, [text]),
                               faults)
    faults.finish('[pci] device_spec')
    return specs


def parse_device_specs(values: Iterable[OptionValue], faults: Faults, *,
                       report_in_placement: bool | None = None,
                       has_one_time_use: bool = True,
                       has_live_migratable_trait: bool = True,
                       ) -> tuple[DeviceSpec, ...]:
    """Read all values of ``[pci] device_spec``.

    :param faults: takes errors and warnings; nothing is raised
    :param report_in_placement: the option of that name, None when unknown
    :param has_one_time_use: whether this Nova keeps used devices back
    :param has_live_migratable_trait: whether it gives devices with
        ``live_migratable`` a trait
    """
    specs = tuple(spec for value in values
                  for spec in device_spec.read(value, faults))
    return device_spec.check_options(
        specs, faults=faults, report_in_placement=report_in_placement,
        has_one_time_use=has_one_time_use,
        has_live_migratable_trait=has_live_migratable_trait)


def parse_alias(text: str, *, strict: bool = True) -> Alias:
    """Read one value of ``[pci] alias``.

    :param strict: whether what Nova accepts, but should not, is an error
    :raises ConfigErrors: with all the faults
    """
    faults = Faults(strict=strict)
    aliases = parse_aliases(option_values(ALIAS_OPTION, [text]), faults)
    faults.finish('[pci] alias')
    return next(iter(aliases.values()))


def parse_aliases(values: Iterable[OptionValue], faults: Faults, *,
                  pci_in_placement: bool | None = None,
                  alternatives: bool = False) -> dict[str, Alias]:
    """Read all values of ``[pci] alias``, and join those of one name.

    :param faults: takes errors and warnings; nothing is raised
    :param pci_in_placement: ``[filter_scheduler] pci_in_placement``, None
        when unknown
    :param alternatives: whether ``[pci_ext] allocation_candidates`` lets
        aliases have several entries with Placement
    """
    read = (alias.read(value, faults) for value in values)
    merged = alias.merge((one for one in read if one is not None), faults)
    alias.check_options(merged.values(), faults=faults,
                        pci_in_placement=pci_in_placement,
                        alternatives=alternatives)
    return merged


def parse_device_groups(values: Iterable[OptionValue], faults: Faults,
                        ) -> tuple[DeviceGroup, ...]:
    """Read all values of ``[pci_ext] device_group``.

    :param faults: takes errors and warnings; nothing is raised
    """
    return device_group.read(values, faults)


def parse_flavor_alias(text: str) -> tuple[AliasCount, ...]:
    """Read the flavor key ``pci_passthrough:alias``: ``a1:2,a2:1``.

    :raises ConfigErrors: with all the faults
    """
    faults = Faults()
    counts = flavor.read_alias(text, faults)
    faults.finish(flavor.ALIAS_KEY)
    return counts


def parse_device_set(rule: SetRule, text: str) -> tuple[DeviceSet, ...]:
    """Read one extra spec about sets of devices, by itself.

    :raises ConfigErrors: with all the faults that it has alone
    """
    faults = Faults()
    sets = device_sets.read_value(rule, text, faults)
    faults.finish(device_sets.KEYS[rule])
    return sets


def parse_device_sets(extra_specs: Mapping[str, str],
                      ) -> tuple[DeviceSet, ...]:
    """Read the sets of devices that a flavor asks for, and check them.

    :param extra_specs: all of the flavor: the sets name its aliases
    :returns: in the order of ``SetRule``, and then as written
    :raises ConfigErrors: with all the faults
    """
    faults = Faults()
    sets = whole_flavor.read(extra_specs, faults)
    faults.finish('sets of devices')
    return sets
