# SPDX-License-Identifier: Apache-2.0

"""Lines on a terminal or in a log: escaped, and errors in words."""

import logging
import traceback
from typing import TextIO

from oslo_config import cfg

from nova_pci_ext import exceptions
from nova_pci_ext.cli import nova_missing
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.printable import printable_lines

#: What stands before each line that is not of the answer itself.
PROGRAM = 'nova-pci'


def show(line: str, stream: TextIO) -> None:
    """Print one line; what is in it can come from anywhere."""
    print(printable(line), file=stream)


def warn(text: str, stream: TextIO) -> None:
    """Print a warning on the standard error."""
    show(labelled('warning', text), stream)


def labelled(level: str, line: str) -> str:
    """Say whose line it is and how bad: ``nova-pci: error: ...``."""
    return f'{PROGRAM}: {level}: {line}'


def words(error: BaseException) -> str:
    """Say what went wrong, without Python's own forms.

    :returns: one line for each fault
    """
    if isinstance(error, exceptions.PciExtError):
        return str(error)
    if isinstance(error, cfg.Error):
        return printable(str(error))
    if isinstance(error, OSError) and error.strerror:
        where = f'{error.filename}: ' if error.filename else ''
        return printable(f'{where}{error.strerror}')
    if nova_missing.is_cause(error):
        return nova_missing.words()
    return printable(f'unexpected {type(error).__name__}: {error}; '
                     '--debug before the command shows where')


class Formatter(logging.Formatter):
    """Records as lines of a command: the level, and what happened."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or one for each fault; then the traceback."""
        text = (words(record.msg) if isinstance(record.msg, BaseException)
                else printable(record.getMessage()))
        lines = [labelled(record.levelname.lower(), line)
                 for line in text.split('\n')]
        if record.exc_info and record.exc_info[1]:
            lines += map(printable_lines,
                         traceback.format_exception(record.exc_info[1]))
        return '\n'.join(lines)
