# SPDX-License-Identifier: Apache-2.0

"""Text that came from elsewhere, made safe to show.

Names of products, serial numbers, tags, hosts and files are what hardware,
other hosts and other people wrote. A terminal obeys the control characters in
them, a log takes a line end for a new entry, and marks that nobody sees can
reorder or hide what is read. So whatever shows such text escapes it here.
"""

import dataclasses
import unicodedata
from typing import Any
from typing import TypeVar

_T = TypeVar('_T')

# Letters and symbols by their category, and yet nothing is seen of them.
_BLANK = frozenset('\u115f\u1160\u2800\u3164\uffa0')
# Marks change the letter before them, or hide behind it.
_MARKS = frozenset({'Mn', 'Me'})


def printable(text: str) -> str:
    r"""Escape every character that is not seen as itself.

    Those are control and format characters, line ends, surrogates, blanks
    but for the space, marks, and what Unicode has not assigned. They are
    written as Python writes them: ``\n``, ``\x1b``, ``\u202e``. A backslash
    stays as it is, so that text which was escaped before stays too.
    """
    if text.isascii() and text.isprintable():
        return text
    return ''.join(char if _is_seen(char) else _escaped(char)
                   for char in text)


def printable_lines(text: str) -> str:
    """Escape each line of a text whose line ends are our own."""
    return '\n'.join(printable(line) for line in text.split('\n'))


def printable_fields(value: _T) -> _T:
    """Escape all text in a value: in its fields, and in tuples and lists.

    :returns: the same kind of value; what is not text stays as it is
    """
    found: _T = _fields(value)
    return found


def _fields(value: Any) -> Any:
    # A StrEnum is one of our own words.
    if type(value) is str:
        return printable(value)
    if isinstance(value, tuple | list):
        return type(value)(map(_fields, value))
    if isinstance(value, dict):
        return {_fields(key): _fields(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **{
            field.name: _fields(getattr(value, field.name))
            for field in dataclasses.fields(value) if field.init})
    return value


def _is_seen(char: str) -> bool:
    return (char.isprintable() and char not in _BLANK
            and unicodedata.category(char) not in _MARKS)


def _escaped(char: str) -> str:
    return char.encode('unicode_escape').decode('ascii')
