# SPDX-License-Identifier: Apache-2.0

"""Options beside the PCI ones on which it hangs whether our classes run.

One list of rules for ``nova-pci check`` and ``nova-pci-status``.
"""

import functools
import pathlib
from collections.abc import Callable
from collections.abc import Sequence

from oslo_config import cfg
from oslo_config import types

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import driver_option
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration import scheduler_options
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.scheduler_options import SchedulerOptions
from nova_pci_ext.configuration.substitution import Substitution
from nova_pci_ext.configuration.written import Written
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options

_RECORDING = pci_ext.GROUP.name, 'recorded_inventory'
# The switch that decides what the other faults are.
_READ_BEFORE = 'strict'
_CERT, _KEY, _CLIENT_CA = ((pci_ext.GROUP.name, f'metrics_tls_{name}')
                           for name in ('cert', 'key', 'client_ca'))


def check_files(files: Sequence[ConfigFile], faults: Faults, *,
                has_aliases: bool = False) -> None:
    """Check what files say; what they leave out is Nova's default.

    :param has_aliases: whether the files define an alias
    """
    reader = _Reader(files, faults)
    read = functools.cache(reader.single)
    scheduler_options.check(SchedulerOptions(
        available=reader.repeated(options.AVAILABLE_FILTERS),
        enabled=reader.listed(options.ENABLED_FILTERS),
        weighers=reader.listed(options.WEIGHT_CLASSES)), read, faults,
        has_aliases=has_aliases)
    driver = reader.single(options.COMPUTE_DRIVER)
    if driver is not None:
        driver_option.check(driver.name, driver.path, faults)
        _check_recording(driver, reader, faults)
    weight = read(options.PCI_WEIGHT)
    if weight is not None:
        _check_value(scheduler_options.nova_option(options.PCI_WEIGHT[1]),
                     weight, faults)
    for option in pci_ext.OPTIONS:
        if option.name == _READ_BEFORE:
            continue
        written = reader.single((pci_ext.GROUP.name, option.name))
        if written is not None:
            _check_value(option, written, faults)
    _check_tls(reader, faults)


class _Reader:
    """Options of files that are not those of the loader."""

    def __init__(self, files: Sequence[ConfigFile], faults: Faults) -> None:
        self._files = files
        self._faults = faults
        self._substitution = Substitution(files)

    def single(self, name: tuple[str, str]) -> Written | None:
        """Read an option that stands for one value."""
        found = config_files.last(self._files, *name)
        if found is None:
            return None
        file, option = found
        return self._written(option.value, name[0], file.where(option))

    def repeated(self, name: tuple[str, str]) -> list[Written] | None:
        """Read an option that may be written on several lines."""
        found = [(file, option) for file in self._files
                 for option in file.assignments
                 if (option.group, option.name) == name]
        if not found:
            return None
        return [written for file, option in found
                if (written := self._written(
                    option.value, name[0], file.where(option)))]

    def listed(self, name: tuple[str, str]) -> list[Written] | None:
        """Read an option that is one list with commas."""
        found = self.single(name)
        if found is None:
            return None
        self._note_lines_before(name)
        return [Written(word, found.path)
                for word in types.List()(found.name)]

    def _note_lines_before(self, name: tuple[str, str]) -> None:
        """Report lines of one file of which only the last counts."""
        for file in self._files:
            lines = [option for option in file.assignments
                     if (option.group, option.name) == name]
            for option in lines[:-1]:
                self._faults.note(
                    file.where(option), 'is ignored: it is one list, and '
                    f'line {lines[-1].line} replaces this one',
                    'write all names on one line, with commas',
                    Fault.NO_EFFECT)

    def _written(self, text: str, group: str, path: str) -> Written | None:
        replaced = self._substitution.replace(text, group, path, self._faults)
        return None if replaced is None else Written(replaced, path)


def _check_recording(driver: Written, reader: _Reader, faults: Faults,
                     ) -> None:
    """Report a driver of a recorded host that has none."""
    if driver.name not in driver_option.RECORDED:
        return
    written = reader.single(_RECORDING)
    if written is not None and not pathlib.Path(written.name).is_file():
        faults.note(written.path, f'is {written.name}, which is not a file on '
                    f'this machine, and {driver.name} does not start '
                    'without it', 'record a host with nova-pci devices '
                    '--record', Fault.NOT_READY)


def _check_tls(reader: _Reader, faults: Faults) -> None:
    """Report options with which no metrics are served."""
    cert, key, client_ca = (
        reader.single(name) for name in (_CERT, _KEY, _CLIENT_CA))
    written = cert or key or client_ca
    if written is not None and not (cert and key):
        faults.refuse(written.path, 'stands alone, and no metrics are served',
                      f'expected both {_CERT[1]} and {_KEY[1]}')


def _check_value(option: cfg.Opt, written: Written, faults: Faults) -> None:
    convert: Callable[[str], object] = option.type
    try:
        convert(written.name)
    except ValueError as exc:
        message, _, hint = str(exc).partition('; ')
        faults.refuse(written.path,
                      message if hint else
                      f'cannot be {written.name!r}: {message}',
                      hint or None)
