# SPDX-License-Identifier: Apache-2.0

"""The PCI configuration, loaded once, for every command and every service.

Commands read files, and services have them read by oslo.config.  Behind that
there is one way for both, so what one of them refuses the others refuse too,
in the same words.
"""

import dataclasses
import functools
import pathlib
import warnings
from collections.abc import Mapping
from collections.abc import Sequence

from oslo_config import cfg
from oslo_config import types

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration import unread_options
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.configuration.substitution import Substitution
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The options that decide what the entries mean.

    :ivar strict: ``[pci_ext] strict``
    :ivar report_in_placement: ``[pci] report_in_placement``
    :ivar pci_in_placement: ``[filter_scheduler] pci_in_placement``
    :ivar candidates: ``[pci_ext] allocation_candidates``
    """

    strict: bool = True
    report_in_placement: bool = False
    pci_in_placement: bool = False
    candidates: str = pci_ext.OURS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PciConfiguration:
    """What a service with this configuration hands out and may be asked.

    :ivar device_spec: values of the option, as Nova has them
    :ivar alias: values of the option, as Nova has them
    :ivar file_errors: what is wrong with files and names of options
    :ivar file_warnings: as errors
    :ivar spec_errors: what is wrong with ``device_spec``
    :ivar spec_warnings: as errors
    :ivar alias_errors: what is wrong with ``alias``
    :ivar alias_warnings: as errors
    :ivar groups: what ``[pci_ext] device_group`` declares
    :ivar group_errors: what is wrong with that
    :ivar files: empty where a service read them
    """

    specs: tuple[DeviceSpec, ...]
    aliases: Mapping[str, Alias]
    switches: Switches
    device_spec: tuple[str, ...]
    alias: tuple[str, ...]
    device_group: tuple[str, ...] = ()
    spec_errors: tuple[ConfigError, ...] = ()
    spec_warnings: tuple[ConfigError, ...] = ()
    alias_errors: tuple[ConfigError, ...] = ()
    alias_warnings: tuple[ConfigError, ...] = ()
    groups: tuple[DeviceGroup, ...] = ()
    group_errors: tuple[ConfigError, ...] = ()
    file_errors: tuple[ConfigError, ...] = ()
    file_warnings: tuple[ConfigError, ...] = ()
    files: tuple[ConfigFile, ...] = ()

    @property
    def errors(self) -> tuple[ConfigError, ...]:
        """All errors: files, then device_spec, alias and device_group."""
        return (*self.file_errors, *self.spec_errors, *self.alias_errors,
                *self.group_errors)

    @property
    def warnings(self) -> tuple[ConfigError, ...]:
        """All warnings, in the order of the errors."""
        return (*self.file_warnings, *self.spec_warnings,
                *self.alias_warnings)

    def require(self) -> None:
        """Refuse a configuration with errors.

        :raises ConfigErrors: with all of them
        """
        if self.errors:
            raise exceptions.ConfigErrors('faults in the configuration',
                                          self.errors)


#: Where there is no configuration.
NOTHING = PciConfiguration(specs=(), aliases={}, switches=Switches(),
                           device_spec=(), alias=())


def load_files(sources: Sequence[tuple[SourceKind, pathlib.Path]],
               ) -> PciConfiguration:
    """Load what a service would read from files and folders.

    :param sources: as on a command line; none for those that nova-compute
        finds by itself
    """
    faults = Faults()
    files = tuple(config_files.read(path, faults) for path in
                  config_files.find_files(sources, faults))
    substitution = Substitution(files)
    switches = _switches(files, substitution, faults)
    faults.strict = switches.strict
    unread_options.check(files, faults)
    specs, aliases, groups = (
        _values(files, names, substitution, faults)
        for names in (options.DEVICE_SPEC, options.ALIAS,
                      options.DEVICE_GROUP))
    return dataclasses.replace(
        _parse(specs, aliases, groups, switches), files=files,
        file_errors=tuple(faults.errors),
        file_warnings=tuple(faults.warnings))


def load_conf(conf: cfg.ConfigOpts) -> PciConfiguration:
    """Load what a service has read.

    The same values give the same answer, parsed once in a process.

    :param conf: Nova's global configuration
    """
    return load_texts(tuple(conf.pci.device_spec), conf)


def load_texts(device_spec: Sequence[str], conf: cfg.ConfigOpts,
               ) -> PciConfiguration:
    """Load values of ``device_spec`` under the other options of a service.

    :param device_spec: values of the option; those of the service, mostly
    :param conf: Nova's global configuration
    """
    pci_ext.register_opts(conf)
    return _parse_once(
        tuple(device_spec), tuple(conf.pci.alias),
        tuple(conf.pci_ext.device_group), Switches(
            strict=conf.pci_ext.strict,
            report_in_placement=conf.pci.report_in_placement,
            pci_in_placement=conf.filter_scheduler.pci_in_placement,
            candidates=conf.pci_ext.allocation_candidates))


@functools.lru_cache(maxsize=1)
def _parse_once(device_spec: tuple[str, ...], alias: tuple[str, ...],
                groups: tuple[str, ...], switches: Switches,
                ) -> PciConfiguration:
    return _parse(
        parsing.option_values(parsing.DEVICE_SPEC_OPTION, device_spec),
        parsing.option_values(parsing.ALIAS_OPTION, alias),
        parsing.option_values(parsing.DEVICE_GROUP_OPTION, groups,
                              pci_ext.GROUP.name), switches)


def _parse(device_spec: Sequence[OptionValue], alias: Sequence[OptionValue],
           groups: Sequence[OptionValue], switches: Switches,
           ) -> PciConfiguration:
    on_specs = Faults(strict=switches.strict)
    specs = parsing.parse_device_specs(
        device_spec, on_specs,
        report_in_placement=switches.report_in_placement,
        has_one_time_use=_has('one_time_use', 'ONE_TIME_USE', device_spec),
        has_live_migratable_trait=_has(
            'live_migratable', 'LIVE_MIGRATABLE_TRAIT', device_spec))
    on_aliases = Faults(strict=switches.strict)
    aliases = parsing.parse_aliases(
        alias, on_aliases, pci_in_placement=switches.pci_in_placement,
        alternatives=switches.candidates == pci_ext.OURS)
    on_groups = Faults(strict=switches.strict)
    declared = parsing.parse_device_groups(groups, on_groups)
    return PciConfiguration(
        specs=specs, aliases=aliases, switches=switches, groups=declared,
        device_spec=tuple(value.text for value in device_spec),
        alias=tuple(value.text for value in alias),
        device_group=tuple(value.text for value in groups),
        spec_errors=tuple(on_specs.errors),
        spec_warnings=tuple(on_specs.warnings),
        alias_errors=tuple(on_aliases.errors),
        alias_warnings=tuple(on_aliases.warnings),
        group_errors=tuple(on_groups.errors))


def _has(key: str, feature: str, device_spec: Sequence[OptionValue]) -> bool:
    """Whether this Nova has a feature; it is loaded only if an entry asks.

    :param key: what an entry asks with
    :param feature: name of a ``Feature``
    """
    if not any(key in value.text for value in device_spec):
        return True
    with warnings.catch_warnings():
        # What Nova imports warns of its own age, on the terminal.
        warnings.simplefilter('ignore')
        from nova_pci_ext.novaobj.hooks import features
        return features.has(features.Feature[feature])


def _values(files: Sequence[ConfigFile], names: Sequence[tuple[str, str]],
            substitution: Substitution, faults: Faults,
            ) -> tuple[OptionValue, ...]:
    """Collect the values of an option that a service gets to see."""
    found = []
    for value in config_files.values(files, names):
        # Nova looks up $name beside the option's name of today.
        text = substitution.replace(value.text, names[0][0],
                                    str(value.source), faults)
        if text is not None:
            found.append(dataclasses.replace(value, text=text))
    return tuple(found)


def _switches(files: Sequence[ConfigFile], substitution: Substitution,
              faults: Faults) -> Switches:
    defaults = Switches()
    candidates = _text(files, (pci_ext.GROUP.name, 'allocation_candidates'),
                       substitution, faults)
    switches = {
        field: _switch(files, name, getattr(defaults, field), substitution,
                       faults)
        for field, name in (
            ('strict', (pci_ext.GROUP.name, 'strict')),
            ('report_in_placement', options.REPORT_IN_PLACEMENT),
            ('pci_in_placement', options.PCI_IN_PLACEMENT))}
    return Switches(
        candidates=candidates[1] if candidates else defaults.candidates,
        **switches)


def _text(files: Sequence[ConfigFile], name: tuple[str, str],
          substitution: Substitution, faults: Faults,
          ) -> tuple[str, str] | None:
    """Return where an option stands last and its value, None for nowhere."""
    found = config_files.last(files, *name)
    if found is None:
        return None
    file, option = found
    path = file.where(option)
    text = substitution.replace(option.value, option.group, path, faults)
    return None if text is None else (path, text)


def _switch(files: Sequence[ConfigFile], name: tuple[str, str], default: bool,
            substitution: Substitution, faults: Faults) -> bool:
    found = _text(files, name, substitution, faults)
    if found is None:
        return default
    path, text = found
    try:
        return bool(types.Boolean()(text))
    except ValueError:
        faults.refuse(path, f'cannot be {text!r}', 'expected true or false')
        return default
