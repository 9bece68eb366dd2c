# SPDX-License-Identifier: Apache-2.0

"""Check a whole configuration, and what it does on a host."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import parsing
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import cures
from nova_pci_ext.handing_out import host_faults
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.truth import FALSE_OPTIONS
from nova_pci_ext.model.truth import TRUE_OPTIONS
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import options

OK, WARNINGS, ERRORS = range(3)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found.

    :ivar coverage: None when the check had no inventory
    """

    errors: tuple[ConfigError, ...]
    warnings: tuple[ConfigError, ...]
    specs: tuple[DeviceSpec, ...]
    aliases: Mapping[str, Alias]
    coverage: Coverage | None = None

    @property
    def status(self) -> int:
        """Exit status: 0 for nothing, 1 for warnings, 2 for errors."""
        if self.errors:
            return ERRORS
        return WARNINGS if self.warnings else OK


def check(files: Sequence[ConfigFile], faults: Faults, *,
          flavors: Iterable[str] = (), inventory: Inventory | None = None,
          ) -> CheckReport:
    """Check the PCI part of a configuration.

    :param files: what the service reads, in this order
    :param faults: holds what was wrong with the files themselves
    :param flavors: values of ``pci_passthrough:alias`` to check as well
    :param inventory: the host that the configuration is for
    """
    _check_names(files, faults)
    specs = parsing.parse_device_specs(
        config_files.values(files, options.DEVICE_SPEC), faults,
        report_in_placement=_switch(files, options.REPORT_IN_PLACEMENT))
    aliases = parsing.parse_aliases(
        config_files.values(files, options.ALIAS), faults,
        pci_in_placement=_switch(files, options.PCI_IN_PLACEMENT))
    for text in flavors:
        _check_flavor(text, aliases, faults)
    covered = None
    if inventory is not None:
        covered = coverage.cover(specs, inventory)
        faults.errors += host_faults.errors(covered)
        faults.warnings += host_faults.warnings(covered, inventory)
        _check_aliases(covered, aliases, faults, in_placement=_switch(
            files, options.PCI_IN_PLACEMENT))
    return CheckReport(errors=tuple(faults.errors),
                       warnings=tuple(faults.warnings), specs=specs,
                       aliases=aliases, coverage=covered)


def is_strict(files: Sequence[ConfigFile]) -> bool:
    """Whether ``[pci_ext] strict`` is on: it is unless a file says no."""
    value = config_files.last(files, 'pci_ext', 'strict')
    return value is None or value.strip().lower() not in FALSE_OPTIONS


def _switch(files: Sequence[ConfigFile], name: tuple[str, str]) -> bool:
    """Read a switch that is off unless a file says otherwise."""
    value = config_files.last(files, *name)
    return value is not None and value.strip().lower() in TRUE_OPTIONS


def _check_names(files: Sequence[ConfigFile], faults: Faults) -> None:
    for file in files:
        for each in file.assignments:
            rename = options.find_rename(each.group, each.name)
            if rename is None:
                continue
            path = f'{file.path}:{each.line}: [{each.group}] {each.name}'
            today = f'write {rename} = {each.value}'
            if rename.group is None:
                faults.note(path, 'is ignored by Nova', 'remove it: there '
                            'is only one scheduler driver', Fault.OLD_NAME)
            elif rename.works:
                faults.note(path, 'is an old name', today, Fault.OLD_NAME)
            else:
                faults.flag(path, 'is ignored by Nova', today,
                            Fault.OLD_NAME)


def _check_flavor(text: str, aliases: Mapping[str, Alias], faults: Faults,
                  ) -> None:
    for asked in flavor.read_alias(text, faults):
        if asked.name not in aliases:
            guess = keys.meant(asked.name, aliases)
            faults.refuse(flavor.ALIAS_KEY,
                          f'no alias is named {asked.name!r}',
                          f'did you mean {guess!r}?' if guess else
                          'expected one of ' + ', '.join(sorted(aliases))
                          if aliases else 'no alias is defined')


def _check_aliases(covered: Coverage, aliases: Mapping[str, Alias],
                   faults: Faults, *, in_placement: bool) -> None:
    for alias in aliases.values():
        if coverage.serving(covered, alias, in_placement=in_placement):
            continue
        miss = coverage.nearest_miss(covered, alias,
                                     in_placement=in_placement)
        faults.note(str(alias.entries[0].source),
                    f'no device that is handed out fits alias '
                    f'{alias.name!r}', cures.cure(miss) if miss else None,
                    Fault.NO_EFFECT)
