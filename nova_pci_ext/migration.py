#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""Rewrite a configuration file of 2014 or later in today's names.

Lines that need no change stay as they are, comments included.  An option
that moves to another group takes the comment lines right above it along.
"""

import dataclasses
import pathlib
from collections.abc import Sequence

from nova_pci_ext import config_files
from nova_pci_ext.config_files import Assignment
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options
from nova_pci_ext.parsing.options import Rename

# Filters that Nova no longer has: naming one stops the scheduler.
REMOVED_FILTERS = frozenset((
    'AggregateCoreFilter', 'AggregateDiskFilter', 'AggregateRamFilter',
    'AvailabilityZoneFilter', 'CoreFilter', 'DiskFilter', 'ExactCoreFilter',
    'ExactDiskFilter', 'ExactRamFilter', 'RamFilter', 'RetryFilter',
    'TrustedFilter'))
_COMMENT = ('#', ';')


@dataclasses.dataclass(frozen=True, slots=True)
class Migrated:
    """A file in today's form.

    :ivar changes: what was changed, one sentence each, with the old line
    """

    text: str
    changes: tuple[str, ...]


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
    lines = path.read_text('utf-8').splitlines()
    edits = [edit for assignment in read.assignments
             if (edit := _edit(assignment, lines)) is not None]
    return Migrated(text='\n'.join(_apply(lines, edits)) + '\n',
                    changes=tuple(edit.change for edit in edits))


def _edit(old: Assignment, lines: Sequence[str]) -> _Edit | None:
    rename = options.find_rename(old.group, old.name)
    if rename is None:
        return None
    where = f'line {old.line}: [{old.group}] {old.name}'
    first = old.line - 1
    if rename.group is None:
        return _Edit(first, old.end, (f'# removed: {lines[first]}',), None,
                     f'{where} is removed: Nova has one scheduler driver')
    value, dropped = _today(rename, old.value)
    text = f'{rename.name} = {value}'.splitlines()
    new = tuple([text[0], *(f'    {line}' for line in text[1:])])
    change = f'{where} is now {rename}'
    if dropped:
        change += f', without {", ".join(dropped)}, which Nova no longer has'
    if rename.group == old.group:
        return _Edit(first, old.end, new, None, change)
    start = first
    while start and lines[start - 1].startswith(_COMMENT):
        start -= 1
    return _Edit(start, old.end, (*lines[start:first], *new), rename.group,
                 change)


def _today(rename: Rename, value: str) -> tuple[str, list[str]]:
    """Give a value in today's form, and the filters that it loses."""
    if rename.name != 'enabled_filters':
        return value, []
    names = [name.strip() for name in value.split(',') if name.strip()]
    kept = [name for name in names if name not in REMOVED_FILTERS]
    return ', '.join(kept), [name for name in names if name not in kept]


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
        _append(kept, group, added)
    return kept


def _append(lines: list[str], group: str, added: Sequence[str]) -> None:
    """Add lines at the end of a group, which may have to be made."""
    headers = [index for index, line in enumerate(lines)
               if line.rstrip().lower() == f'[{group}]']
    if not headers:
        lines += ['', f'[{group}]', *added]
        return
    place = next((index for index in range(headers[-1] + 1, len(lines))
                  if lines[index].startswith('[')), len(lines))
    while not lines[place - 1].strip():
        place -= 1
    lines[place:place] = added
