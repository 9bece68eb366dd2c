# SPDX-License-Identifier: Apache-2.0

"""Rewrite a configuration file of 2014 or later in today's names.

Lines that need no change stay as they are, comments included.  An option
that moves takes the comment lines right above it along.

Moved lines come first in their group.  Nova reads the values of an option's
old names before those of today's, and of an option that is not a list the last
value, so that the order of the entries, and whoever wins, stays the same.
"""

import dataclasses
import pathlib
from collections.abc import Sequence

from nova_pci_ext import parsing
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import nova_refuses
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.config_files import OptionLine
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options

_COMMENT = ('#', ';')


@dataclasses.dataclass(frozen=True, slots=True)
class Migrated:
    """A file in today's form.

    :ivar changes: what was changed, one sentence each, with the old line
    :ivar notes: what stays and is not for Nova, one sentence each
    """

    text: str
    changes: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Edit:
    """One option that changes.

    :ivar first: index of the first line that goes, comments included
    :ivar end: index behind its last line
    :ivar lines: what it becomes
    :ivar group: the group that the lines go to; None to stay in place
    """

    first: int
    end: int
    lines: tuple[str, ...]
    group: str | None
    change: str


def migrate(path: pathlib.Path, faults: Faults) -> Migrated:
    """Read a file and rewrite it; the file itself is not touched.

    :param faults: takes what makes the file unreadable
    """
    read = config_files.read(path, faults)
    if faults.errors:
        return Migrated('', ())
    lines = config_files.read_lines(path)
    edits = [edit for assignment in sorted(read.assignments, key=_in_pci)
             if (edit := _edit(assignment, lines)) is not None]
    return Migrated(text='\n'.join(_apply(lines, edits)) + '\n',
                    changes=tuple(edit.change for edit in edits),
                    notes=tuple(f'look at {matter}' for matter in
                                nova_refuses.matters(_entries(read))))


def _entries(read: ConfigFile) -> tuple[DeviceSpec, ...]:
    """Return the entries of ``device_spec``; what is wrong, check says."""
    return parsing.parse_device_specs(
        config_files.values([read], options.DEVICE_SPEC), Faults())


def _in_pci(old: OptionLine) -> bool:
    """Sort old names below ``[pci]`` behind those below ``[DEFAULT]``."""
    return old.group == 'pci'


def _edit(old: OptionLine, lines: Sequence[str]) -> _Edit | None:
    rename = options.find_rename(old.group, old.name, old.value)
    if rename is None:
        return _without_removed_filters(old)
    where = f'line {old.line}: [{old.section}] {old.name}'
    first = old.line - 1
    if rename.group is None:
        return _Edit(first, old.end, (f'# removed: {lines[first]}',), None,
                     f'{where} is removed: Nova has one scheduler driver')
    value, dropped = rename.today(old.value)
    text = f'{rename.name} = {value}'.splitlines()
    change = f'{where} is now {rename}'
    if dropped:
        change += f', without {", ".join(dropped)}, which Nova no longer has'
    start = first
    while start and lines[start - 1].startswith(_COMMENT):
        start -= 1
    return _Edit(start, old.end, (
        *lines[start:first], text[0], *(f'    {line}' for line in text[1:])),
        rename.group, change)


def _without_removed_filters(old: OptionLine) -> _Edit | None:
    """Take away what stops the scheduler, where the option stands."""
    if (old.group, old.name) != options.ENABLED_FILTERS:
        return None
    value, dropped = options.Rename(old.group, old.name).today(old.value)
    if not dropped:
        return None
    return _Edit(
        old.line - 1, old.end, (f'{old.name} = {value}',), None,
        f'line {old.line}: [{old.section}] {old.name} is now without '
        f'{", ".join(dropped)}, which Nova no longer has')


def _apply(lines: Sequence[str], edits: Sequence[_Edit]) -> list[str]:
    """Replace lines in place, and add those that move to their group."""
    result: list[str | None] = list(lines)
    moved: dict[str, list[str]] = {}
    for edit in edits:
        result[edit.first:edit.end] = [None] * (edit.end - edit.first)
        if edit.group is None:
            result[edit.first] = '\n'.join(edit.lines)
        else:
            moved.setdefault(edit.group, []).extend(edit.lines)
    kept = [line for line in result if line is not None]
    for group, added in moved.items():
        _insert(kept, group, added)
    return kept


def _insert(lines: list[str], group: str, added: Sequence[str]) -> None:
    """Add lines at the top of a group, which may have to be made."""
    header = f'[{group}]'
    for index, line in enumerate(lines):
        found = line.rstrip()
        if (found if group == 'DEFAULT' else found.lower()) == header:
            lines[index + 1:index + 1] = added
            return
    lines += ['', header, *added]
