# SPDX-License-Identifier: Apache-2.0

"""Check a whole configuration, and what it does on a host."""

import dataclasses
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import flavor_check
from nova_pci_ext.configuration import mdev_options
from nova_pci_ext.configuration import neutron_check
from nova_pci_ext.configuration import neutron_files
from nova_pci_ext.configuration import nova_refuses
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration import placement_options
from nova_pci_ext.configuration import placement_report
from nova_pci_ext.configuration import placement_switches
from nova_pci_ext.configuration import placement_terms
from nova_pci_ext.configuration import service_options
from nova_pci_ext.configuration.config_files import OptionLine
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.configuration.placement_options import Matter
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import cures
from nova_pci_ext.handing_out import device_groups
from nova_pci_ext.handing_out import host_faults
from nova_pci_ext.handing_out import remote_managed
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.host_lookup import InventoryLookup
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing.listen_address import parse_listen_address

_METRICS = (pci_ext.GROUP.name, 'metrics_listen')
_ADDRESSES = (
    ('DEFAULT', 'my_ip'), ('DEFAULT', 'my_block_storage_ip'),
    ('libvirt', 'live_migration_inbound_addr'),
    ('vnc', 'server_listen'), ('vnc', 'server_proxyclient_address'),
    ('spice', 'server_listen'), ('spice', 'server_proxyclient_address'),
    ('serial_console', 'proxyclient_address'), _METRICS)
OK, WARNINGS, ERRORS = range(3)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostCoverage:
    """A host, and which entry takes which of its devices."""

    inventory: Inventory
    coverage: Coverage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found.

    :ivar matters: options to look at, also of other services; no faults
    :ivar hosts: those that the configuration was checked against
    """

    errors: tuple[ConfigError, ...]
    warnings: tuple[ConfigError, ...]
    specs: tuple[DeviceSpec, ...]
    aliases: Mapping[str, Alias]
    matters: Sequence[Matter] = ()
    hosts: tuple[HostCoverage, ...] = ()

    @property
    def status(self) -> int:
        """Exit status: 0 for nothing, 1 for warnings, 2 for errors."""
        if self.errors:
            return ERRORS
        return WARNINGS if self.warnings else OK


def check(loaded: PciConfiguration, *, flavors: Sequence[str] = (),
          extra_specs: Sequence[tuple[str, str]] = (),
          neutron: Sequence[pathlib.Path] = (),
          inventory: Inventory | None = None, services: bool = True,
          beside: Iterable[ConfigError] = (),
          noted: Iterable[ConfigError] = ()) -> CheckReport:
    """Check a configuration that has been loaded.

    :param flavors: values of ``pci_passthrough:alias`` to check as well
    :param extra_specs: other keys of flavors to check as well, with values
    :param neutron: Neutron's files, to be compared
    :param inventory: the host that the configuration is for
    :param services: whether to check filters, weighers and drivers too,
        which are other services' than the one that asks
    :param beside: errors of whatever else was read for the check
    :param noted: warnings of that
    """
    faults = Faults(strict=loaded.switches.strict)
    faults.errors += (*beside, *loaded.errors)
    faults.warnings += (*noted, *loaded.warnings)
    if services:
        service_options.check_files(loaded.files, faults,
                                    has_aliases=bool(loaded.aliases))
        faults.warnings += placement_options.warnings(loaded)
    for text in flavors:
        _check_flavor(text, loaded.aliases, faults)
    flavor_check.check_sets(dict(extra_specs), flavors, loaded, faults)
    faults.warnings += placement_switches.warnings(loaded)
    faults.warnings += placement_terms.warnings(loaded)
    covered = None
    if inventory is not None:
        covered = coverage.cover(remote_managed.check(
            loaded.specs, InventoryLookup(inventory.devices), faults),
            inventory)
        _check_host(loaded, covered, inventory, faults)
    faults.warnings += mdev_options.warnings(
        loaded.files, loaded.specs, covered)
    if neutron:
        neutron_check.check(neutron_files.load(neutron, faults),
                            loaded.specs, covered, faults)
    for key, value in extra_specs:
        flavor_check.check(key, value, faults)
        faults.warnings += placement_switches.extra_spec(
            key, loaded, covered)
    return CheckReport(errors=tuple(faults.errors),
                       warnings=tuple(faults.warnings), specs=loaded.specs,
                       aliases=loaded.aliases,
                       matters=(*placement_options.matters(loaded.switches),
                                *nova_refuses.matters(loaded.specs)),
                       hosts=() if covered is None or inventory is None
                       else (HostCoverage(inventory=inventory,
                                          coverage=covered),))


def check_hosts(check_one: Callable[[Inventory | None], CheckReport],
                hosts: Sequence[Inventory]) -> CheckReport:
    """Check a configuration against several hosts, or none.

    What is said of one of several hosts begins with its name.

    :param check_one: ``check`` of one configuration
    """
    if len(hosts) < 2:
        return check_one(hosts[0] if hosts else None)
    plain = check_one(None)
    known = {str(fault) for fault in (*plain.errors, *plain.warnings)}
    reports = [check_one(host) for host in hosts]

    def join(name: str) -> tuple[ConfigError, ...]:
        found: dict[str, ConfigError] = {
            str(fault): fault for fault in getattr(plain, name)}
        for host, report in zip(hosts, reports, strict=True):
            for fault in getattr(report, name):
                if str(fault) not in known:
                    there = ConfigError(f'{host.host}: {fault.path}',
                                        fault.message, fault.hint,
                                        fault.fault)
                    found[str(there)] = there
        return tuple(found.values())

    return dataclasses.replace(
        plain, errors=join('errors'), warnings=join('warnings'),
        hosts=tuple(each for report in reports for each in report.hosts))


def _addresses(loaded: PciConfiguration) -> dict[str, str]:
    """Return the addresses of this host that services are to use."""
    found = {f'[{group}] {name}': config_files.last(loaded.files, group, name)
             for group, name in _ADDRESSES}
    return {option: _address(line[1]) for option, line in found.items()
            if line}


def _address(option: OptionLine) -> str:
    """Return the address in a value, the value where there is none."""
    value = option.value.strip()
    if (option.group, option.name) != _METRICS:
        return value
    try:
        return parse_listen_address(value).address
    except ValueError:
        return value


def _check_host(loaded: PciConfiguration, covered: Coverage,
                inventory: Inventory, faults: Faults) -> None:
    faults.errors += host_faults.errors(
        covered, inventory, _addresses(loaded))
    faults.warnings += host_faults.warnings(covered, inventory)
    faults.warnings += device_groups.check(covered, loaded.groups)
    in_placement = loaded.switches.pci_in_placement
    if loaded.switches.report_in_placement:
        faults.errors += placement_report.errors(covered)
        if in_placement and loaded.switches.candidates == pci_ext.NOVAS:
            faults.warnings += placement_report.many_devices(covered)
    _check_aliases(covered, _accepted(loaded), faults,
                   in_placement=in_placement)


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


def _accepted(loaded: PciConfiguration) -> list[Alias]:
    """Return the aliases without an error in any of their entries."""
    paths = [error.path for error in loaded.alias_errors]
    return [alias for alias in loaded.aliases.values()
            if not any(path.startswith(str(entry.source)) for path in paths
                       for entry in alias.entries)]


def _check_aliases(covered: Coverage, aliases: Iterable[Alias],
                   faults: Faults, *, in_placement: bool) -> None:
    for alias in aliases:
        if coverage.serving(covered, alias, in_placement=in_placement):
            continue
        miss = coverage.nearest_miss(covered, alias,
                                     in_placement=in_placement)
        faults.note(str(alias.entries[0].source),
                    f'no device that is handed out fits alias '
                    f'{alias.name!r}',
                    cures.cure(miss, alias) if miss else None,
                    Fault.NO_EFFECT)
