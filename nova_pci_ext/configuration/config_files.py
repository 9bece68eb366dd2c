# SPDX-License-Identifier: Apache-2.0

"""Read configuration files as Nova's services do, and keep line numbers.

``oslo.config`` throws the line numbers away; its parser of single files does
not, so it is what reads them here.  How the values of several files come
together is oslo.config's too, and a test holds both side by side.
"""

import dataclasses
import enum
import glob
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence

from oslo_config import cfg
from oslo_config import iniparser

from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import Faults

# Whose files are read when none are named: nova.conf, then nova-compute.conf,
# where Debian and Ubuntu have the options of computes.
PROJECT, PROGRAM = 'nova', 'nova-compute'
_UNREADABLE = 'no service can read the file'
# What oslo.config says of a line, and what its writer most likely did.
_CAUSES = {
    'Unexpected continuation line':
        'an indented line goes on with the value above it, which a comment, '
        'a blank line or a section ends; remove the indentation, or what '
        'stands between',
    "No ':' or '=' found in assignment":
        'if the line belongs to the value above it, indent it',
    'Section must be started before assignment':
        'put a section such as [DEFAULT] before it',
    'Invalid section (must end with ])':
        'a section stands alone on its line; a comment needs its own',
}
_TEMPLATE = ('{%', '{{', '<%', '${')
_CONFLICT = ('<<<<<<<', '=======', '>>>>>>>')
_BYTE_ORDER_MARK = '\ufeff'


class SourceKind(enum.StrEnum):
    """What a service can be told to read."""

    FILE = 'file'
    DIR = 'dir'


@dataclasses.dataclass(frozen=True, slots=True)
class OptionLine:
    """One option as a file has it.

    :ivar group: as oslo.config looks it up: lower case, but ``DEFAULT``
    :ivar line: line on which it begins, from 1
    :ivar end: its last line, with continuation lines
    :ivar section: the group as the file has it
    """

    group: str
    name: str
    value: str
    line: int
    end: int
    section: str


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file: all its assignments, in their order.

    :ivar groups: as oslo.config looks them up, those without options too
    """

    path: str
    assignments: tuple[OptionLine, ...]
    groups: frozenset[str] = frozenset()

    def where(self, option: OptionLine) -> str:
        """Say where an option of this file stands."""
        return (f'{self.path}:{option.line}: [{option.section}] '
                f'{option.name}')


class _Parser(cfg.ConfigParser):
    """oslo.config's parser, which here also says where an option begins."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__(str(path), {})
        self.found: list[OptionLine] = []
        self.groups: set[str] = set()
        self._line = 0

    def new_section(self, section: str) -> None:
        """Keep that a group is there."""
        super().new_section(section)
        self.groups.add(_looked_up(section))

    def _split_key_value(self, line: str) -> tuple[str, list[str]]:
        self._line = self.lineno
        found: tuple[str, list[str]] = super()._split_key_value(line)
        return found

    def assignment(self, key: str, value: list[str]) -> None:
        """Keep an option; its continuation lines follow one another."""
        if not self.section:
            # oslo.config names the line that it has reached by now.
            self.lineno = self._line
        super().assignment(key, value)
        assert self.section
        self.found.append(OptionLine(
            _looked_up(self.section), key, '\n'.join(value), self._line,
            self._line + len(value) - 1, self.section))


def _looked_up(section: str) -> str:
    """Name a group as oslo.config does when it looks for an option."""
    return section if section == 'DEFAULT' else section.lower()


def find_files(sources: Sequence[tuple[SourceKind, pathlib.Path]],
               faults: Faults | None = None) -> list[pathlib.Path]:
    """List the files to read, in the order in which the services do.

    :param sources: files and folders as they stand on the command line; if
        none, those that nova-compute finds by itself
    :param faults: takes folders that are named and are not there
    """
    if not sources:
        sources = [
            *((SourceKind.FILE, pathlib.Path(path)) for path in
              cfg.find_config_files(project=PROJECT, prog=PROGRAM)),
            *((SourceKind.DIR, pathlib.Path(path)) for path in
              cfg.find_config_dirs(project=PROJECT, prog=PROGRAM))]
    found: list[pathlib.Path] = []
    for kind, path in sources:
        if kind is SourceKind.FILE:
            found.append(path)
        else:
            if faults is not None and not path.is_dir():
                faults.refuse(str(path), 'is not a folder',
                              'no service starts with it')
            found += map(pathlib.Path,
                         sorted(glob.glob(os.path.join(path, '*.conf'))))
    return found


def read(path: pathlib.Path, faults: Faults) -> ConfigFile:
    """Read one file; what cannot be read is a fault, the rest is kept."""
    parser = _Parser(path)
    try:
        parser.parse()
    except iniparser.ParseError as exc:
        _refuse_line(path, exc, faults)
    except UnicodeDecodeError as exc:
        faults.refuse(str(path), f'is not {exc.encoding.upper()} at byte '
                                 f'{exc.start}')
    except OSError as exc:
        faults.refuse(str(path), f'cannot be read: {exc.strerror}')
    return ConfigFile(str(path), tuple(parser.found),
                      frozenset(parser.groups))


def read_lines(path: pathlib.Path) -> list[str]:
    """Return the lines of a file as the services count them."""
    with path.open() as file:
        return [line.removesuffix('\n') for line in file]


def _refuse_line(path: pathlib.Path, error: iniparser.ParseError,
                 faults: Faults) -> None:
    line = error.line and error.line.rstrip()
    cause = _CAUSES.get(error.msg)
    if line and line.startswith(_BYTE_ORDER_MARK):
        cause = 'remove the byte order mark before the first character'
    if line and line.startswith(_TEMPLATE):
        cause = 'a template was not filled in'
    if line and line.startswith(_CONFLICT):
        cause = 'a merge was left with its conflicts'
    faults.refuse(f'{path}:{error.lineno}',
                  f'{error.msg}: {line!r}' if line else error.msg,
                  f'{_UNREADABLE}; {cause}' if cause else _UNREADABLE)


def values(files: Iterable[ConfigFile], names: Sequence[tuple[str, str]],
           ) -> tuple[OptionValue, ...]:
    """Collect a repeated option over all files, as oslo.config does.

    :param names: (group, name) of the option, then its deprecated names;
        within a file, values of a later name stand before those of the
        first, and the index counts all of them
    """
    found = [(file, assignment) for file in files
             for name in reversed(names)
             for assignment in file.assignments
             if (assignment.group, assignment.name) == name]
    return tuple(
        OptionValue(assignment.value, Source(
            option=assignment.name, index=index, group=assignment.group,
            file=file.path, line=assignment.line))
        for index, (file, assignment) in enumerate(found))


def last(files: Sequence[ConfigFile], group: str, name: str,
         ) -> tuple[ConfigFile, OptionLine] | None:
    """Find an option that is not repeated: the last one counts."""
    found = [(file, assignment) for file in files
             for assignment in file.assignments
             if (assignment.group, assignment.name) == (group, name)]
    return found[-1] if found else None
