# SPDX-License-Identifier: Apache-2.0

"""Options that stand where Nova does not read them, or under old names."""

import re
from collections.abc import Iterable

from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.config_files import OptionLine
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options
from nova_pci_ext.parsing.options import Rename

# What begins a group or an option where a line is not indented.
_GROUP = re.compile(r'\[[A-Za-z][A-Za-z0-9_.-]*\]')
_ASSIGNED = re.compile(r'([A-Za-z][A-Za-z0-9_-]*)[ \t]*=')


def check(files: Iterable[ConfigFile], faults: Faults) -> None:
    """Report each option that has another name or place today."""
    for file in files:
        _check_tables(file, faults)
        for each in file.assignments:
            _check_indented(file, each, faults)
            rename = options.find_rename(each.group, each.name, each.value)
            if rename is not None:
                _report(file.where(each), each, rename, faults)
            else:
                _check_known(file.where(each), each, faults)


def _check_tables(file: ConfigFile, faults: Faults) -> None:
    for group in sorted(file.groups):
        meant = options.meant_table(group)
        if meant is not None:
            faults.flag(f'{file.path}: [{group}]', 'is ignored by Nova',
                        f'write [{meant[0]}] {meant[1]} = {{...}} for each '
                        'entry, as JSON', Fault.OLD_NAME)


def _check_indented(file: ConfigFile, option: OptionLine, faults: Faults,
                    ) -> None:
    """Report lines that an indentation makes a part of the value above."""
    for number, text in enumerate(option.value.split('\n')[1:], 1):
        assigned = _ASSIGNED.match(text)
        if _GROUP.fullmatch(text) or (
                assigned and options.is_named(assigned[1])):
            what = text if assigned is None else assigned[1]
            faults.flag(
                f'{file.path}:{option.line + number}',
                f'{what} is a part of the value of {option.name}, as the '
                'line is indented', 'begin the line at its first column',
                Fault.TYPO)


def _report(path: str, option: OptionLine, rename: Rename, faults: Faults,
            ) -> None:
    if rename.group is None:
        faults.note(path, 'is ignored by Nova',
                    'remove it: there is only one scheduler driver',
                    Fault.OLD_NAME)
        return
    value, dropped = rename.today(option.value)
    today = f'write {rename} = {value}'
    if dropped:
        today += f' (Nova no longer has {", ".join(dropped)})'
    if rename.works:
        faults.note(path, 'is an old name', today, Fault.OLD_NAME)
    else:
        faults.flag(path, 'is ignored by Nova', today, Fault.OLD_NAME)


def _check_known(path: str, option: OptionLine, faults: Faults) -> None:
    """Report an unknown option of a group of which all are known."""
    known = options.known_names(option.group)
    if known is None or option.name in known:
        return
    if not option.name.replace('-', '_').isidentifier():
        faults.flag(path, 'is ignored by Nova', 'if the line belongs to the '
                    'value above it, indent it', Fault.TYPO)
        return
    faults.note(path, 'is ignored: there is no such option',
                f'expected one of {", ".join(known)}', Fault.TYPO)
