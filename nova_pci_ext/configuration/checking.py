# SPDX-License-Identifier: Apache-2.0

"""Check a whole configuration, and what it does on a host."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import cures
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys

_PASSING_DRIVER = 'vfio-pci'
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


def check(loaded: PciConfiguration, *, flavors: Iterable[str] = (),
          inventory: Inventory | None = None,
          beside: Iterable[ConfigError] = (),
          noted: Iterable[ConfigError] = ()) -> CheckReport:
    """Check a configuration that has been loaded.

    :param flavors: values of ``pci_passthrough:alias`` to check as well
    :param inventory: the host that the configuration is for
    :param beside: errors of whatever else was read for the check
    :param noted: warnings of that
    """
    faults = Faults(strict=loaded.switches.strict)
    faults.errors += (*beside, *loaded.errors)
    faults.warnings += (*noted, *loaded.warnings)
    for text in flavors:
        _check_flavor(text, loaded.aliases, faults)
    covered = None
    if inventory is not None:
        covered = coverage.cover(loaded.specs, inventory)
        _check_coverage(covered, faults)
        _check_host(covered, inventory, faults)
        _check_aliases(
            covered, loaded.aliases, faults,
            in_placement=loaded.switches.pci_in_placement)
    return CheckReport(errors=tuple(faults.errors),
                       warnings=tuple(faults.warnings), specs=loaded.specs,
                       aliases=loaded.aliases, coverage=covered)


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


def _check_coverage(covered: Coverage, faults: Faults) -> None:
    for index, spec in enumerate(covered.specs):
        _check_entry(covered, index, spec, faults)
    for device in covered.handed_out():
        if device.host_uses:
            faults.refuse(
                str(_taker(covered, device.address).source),
                f'hands out {device.address}, which the host needs itself '
                f'({", ".join(device.host_uses)})',
                'expected an entry that leaves this device out',
                Fault.HOST_DEVICE)
    for device, vfs in coverage.both_handed_out(covered):
        faults.note(
            str(_taker(covered, device.address).source),
            f'hands out PF {device.address} and {vfs} of its VFs',
            'whoever gets one of them shuts out all who want the other; '
            'name the product_id of the kind that is meant',
            Fault.NO_EFFECT)
    for group, left in coverage.shared_groups(covered):
        faults.note(
            '[pci] device_spec',
            f'hands out only a part of IOMMU group {group}',
            f'a guest cannot get it while the host keeps '
            f'{coverage.names(left)}', Fault.NO_EFFECT)


def _check_host(covered: Coverage, inventory: Inventory, faults: Faults,
                ) -> None:
    """Note what keeps the host from handing out what it is told to."""
    handed_out = covered.handed_out()
    ready = inventory.readiness
    if ready is None or not handed_out:
        return
    for lack in readiness.faults(ready):
        faults.note('host', lack.fact, lack.remedy, Fault.NOT_READY)
    alone = [device for device in handed_out if device.iommu_group is None]
    if alone and ready.iommu_groups:
        faults.note('host', f'no IOMMU group has {coverage.names(alone)}',
                    'a guest cannot get what is in none', Fault.NOT_READY)
    for device in handed_out:
        tags = _taker(covered, device.address).tags
        if (tags.get('managed') == 'false'
                and device.driver != _PASSING_DRIVER):
            faults.note(
                str(_taker(covered, device.address).source),
                f'{device.address} is held by {device.driver or "no driver"}',
                f'with managed off, bind it to {_PASSING_DRIVER}',
                Fault.NOT_READY)


def _taker(covered: Coverage, address: object) -> DeviceSpec:
    index = covered.taken_by[address]  # type: ignore[index]
    assert index is not None
    return covered.specs[index]


def _check_entry(covered: Coverage, index: int, spec: DeviceSpec,
                 faults: Faults) -> None:
    """Note an entry that takes no device of the host."""
    if covered.taken(index):
        return
    fitting = covered.fitting[index]
    if fitting:
        takers = sorted({taker for address, taker in covered.taken_by.items()
                         if taker is not None and taker < index})
        faults.note(str(spec.source), f'takes no device: all {fitting} that '
                    'fit are taken by earlier entries',
                    'move it before ' + str(covered.specs[takers[0]].source),
                    Fault.NO_EFFECT)
    else:
        faults.note(str(spec.source), 'fits no device of this host', None,
                    Fault.NO_EFFECT)


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
