# SPDX-License-Identifier: Apache-2.0

"""Read configuration files as Nova's services do, and keep line numbers.

``oslo.config`` throws the line numbers away; its parser of single files does
not, so it is what reads them here.  How the values of several files come
together is oslo.config's too, and a test holds both side by side.
"""

import dataclasses
import enum
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence

from oslo_config import iniparser

from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import Faults

DEFAULTS = (pathlib.Path('/etc/nova/nova.conf'),)
DEFAULT_DIRS = (pathlib.Path('/etc/nova/nova.conf.d'),)


class SourceKind(enum.StrEnum):
    """What a service can be told to read."""

    FILE = 'file'
    DIR = 'dir'


@dataclasses.dataclass(frozen=True, slots=True)
class OptionLine:
    """One option as a file has it.

    :ivar group: as written, lower case; ``DEFAULT`` stays
    :ivar line: line on which it begins, from 1
    :ivar end: its last line, with continuation lines
    """

    group: str
    name: str
    value: str
    line: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file: all its assignments, in their order."""

    path: str
    assignments: tuple[OptionLine, ...]


class _Parser(iniparser.BaseParser):
    """oslo.config's parser, which here also says where an option begins."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[OptionLine] = []
        self._group = 'DEFAULT'
        self._line = 0
        self._end = 0

    def parse(self, lineiter: Iterable[str]) -> None:
        super().parse(self._watched(lineiter))

    def _watched(self, lineiter: Iterable[str]) -> Iterable[str]:
        """Note the last line that belongs to the option being read."""
        for number, line in enumerate(lineiter, 1):
            if line.startswith((' ', '\t')) and line.strip():
                self._end = number
            yield line

    def new_section(self, section: str) -> None:
        self._group = section if section == 'DEFAULT' else section.lower()

    def _split_key_value(self, line: str) -> tuple[str, list[str]]:
        self._line = self._end = self.lineno
        found: tuple[str, list[str]] = super()._split_key_value(line)
        return found

    def assignment(self, key: str, value: list[str]) -> None:
        # A continuation line may end the option, and the line after it has
        # been looked at by now, but not split.
        self.found.append(OptionLine(self._group, key, '\n'.join(value),
                                     self._line, self._end))


def find_files(sources: Sequence[tuple[SourceKind, pathlib.Path]],
               ) -> list[pathlib.Path]:
    """List the files to read, in the order in which the services do.

    :param sources: files and folders as they stand on the command line; if
        none, Nova's own that exist
    """
    if not sources:
        sources = ([(SourceKind.FILE, path) for path in DEFAULTS
                    if path.exists()]
                   + [(SourceKind.DIR, path) for path in DEFAULT_DIRS])
    found: list[pathlib.Path] = []
    for kind, path in sources:
        found += (sorted(path.glob('*.conf')) if kind is SourceKind.DIR
                  else [path])
    return found


def read(path: pathlib.Path, faults: Faults) -> ConfigFile:
    """Read one file; what cannot be read is a fault, the rest is kept."""
    parser = _Parser()
    try:
        text = path.read_text('utf-8')
        parser.parse(text.splitlines())
    except iniparser.ParseError as exc:
        faults.refuse(f'{path}:{exc.lineno}', f'{exc.msg}: {exc.line!r}',
                      'no service can read the file')
    except UnicodeDecodeError as exc:
        faults.refuse(str(path), f'is not UTF-8 at byte {exc.start}')
    except OSError as exc:
        faults.refuse(str(path), f'cannot be read: {exc.strerror}')
    return ConfigFile(str(path), tuple(parser.found))


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


def last(files: Iterable[ConfigFile], group: str, name: str) -> str | None:
    """Find the value of an option that is not repeated: the last one."""
    found = [assignment.value for file in files
             for assignment in file.assignments
             if (assignment.group, assignment.name) == (group, name)]
    return found[-1] if found else None
