# SPDX-License-Identifier: Apache-2.0

"""Decode one value of an option, and collect what is wrong with it."""

import collections
import json
import re
from typing import Any

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import walking
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key

# An entry of an option, where it is none of device_spec or alias.
_EXAMPLES = {'device_group':
             '{"type": "nvlink", "name": "p3", "addresses": [...]}'}
_TRAILING_COMMA = re.compile(r',\s*[]}]')
_FULL_WIDTH = '\uff02\uff07\u0060\u00b4'
_CURLY = '\u201c\u201d\u201e\u201f\u2018\u2019\u00ab\u00bb\u2033'
_BLANK = re.compile('[\u00a0\u2000-\u200b\u202f\u3000\ufeff]')
_BARE_WORD = re.compile('[A-Za-z_]')
# What Python's decoder says where the text around it says no more.
_CAUSES = {
    'Unterminated string starting at':
        'the double quote at its end is missing',
    'Invalid control character at':
        'text in quotes has to end on the line on which it begins',
    "Expecting ':' delimiter": 'expected "name": "value"',
}
# The same, after the text around was looked at.
_LAST_CAUSES = {
    "Expecting ',' delimiter":
        'a comma is missing, or a quote before this place',
}
_DIGITS = re.compile('[0-9A-Fa-f]')


class JsonObject(dict[str, Any]):
    """A JSON object that remembers keys it was given twice.

    :ivar repeated: each such key once; the last value counts, as in Nova
    """

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        times = collections.Counter(key for key, _ in pairs)
        self.repeated = tuple(key for key in self if times[key] > 1)


class NotJson:
    """The type of ``NOT_JSON``."""


NOT_JSON = NotJson()


def decode(value: OptionValue, faults: Faults) -> object:
    """Decode the text of one option value.

    :returns: the decoded value with every object as ``JsonObject``, or
        ``NOT_JSON``, with the fault collected
    """
    path = str(value.source)
    if not isinstance(value.text, str):
        faults.refuse(path, f'is {type(value.text).__name__}',
                      'expected JSON text')
        return NOT_JSON
    try:
        found: object = json.loads(value.text, object_pairs_hook=JsonObject)
    except json.JSONDecodeError as exc:
        said, place = _fault(value.text, exc)
        faults.refuse(path, f'is not JSON: {said} at character {place + 1}',
                      _CAUSES.get(said) or _hint(value.text, place)
                      or _LAST_CAUSES.get(said)
                      or _expected(said, value.source))
    except RecursionError:
        _refuse_depth(path, faults)
    except ValueError:
        # int() has a limit on the number of digits that it converts.
        faults.refuse(path, 'holds a number with too many digits',
                      'write text in quotes')
    else:
        return _readable(found, path, faults)
    return NOT_JSON


def _refuse_depth(path: str, faults: Faults) -> None:
    faults.refuse(path, 'is nested too deeply',
                  'expected one JSON object, or a list of objects')


def _readable(found: object, path: str, faults: Faults) -> object:
    """Return a value that all that reads it can follow."""
    if walking.is_deep(found):
        _refuse_depth(path, faults)
        return NOT_JSON
    for where, half in walking.halves(found):
        faults.flag(f'{path}.{where}' if where else path,
                    f'holds half of a character, in {shown(half)}',
                    'expected whole ones', Fault.IMPOSSIBLE)
    return found


def _expected(said: str, source: Source) -> str | None:
    if said.startswith(('Expecting value', 'Expecting property name')):
        return (f'expected one object such as {_example(source)}, or a list '
                'of them')
    return None


def _example(source: Source) -> str:
    return _EXAMPLES.get(source.option, '{"vendor_id": "8086"}')


def _fault(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Say what is wrong and where, the same on each Python.

    From 3.13 on a comma too many is named; before, what stands behind it.
    """
    before = text[:error.pos].rstrip()
    comma = (error.pos if text[error.pos:error.pos + 1] == ','
             else len(before) - 1)
    if comma >= 0 and _TRAILING_COMMA.match(text, comma):
        return 'a comma before the closing bracket', comma
    return error.msg, error.pos


def _hint(text: str, position: int) -> str | None:
    """Guess what an operator meant who wrote no JSON at ``position``."""
    rest = text[position:]
    if not text.strip():
        return 'expected one JSON object in braces'
    if rest[:1] and rest[0] in _CURLY:
        return 'expected straight double quotes (") in place of curly quotes'
    if rest[:1] and rest[0] in _FULL_WIDTH:
        return 'expected straight double quotes (")'
    if rest.startswith('\\') and rest[1:2] in ('\n', ''):
        return ('remove the backslash at the end of the line: an indented '
                'line goes on without it')
    if text[:position].rstrip()[-1:] == '{' and rest.startswith('{'):
        return ('expected one brace; two are those of a template that was '
                'not filled in')
    if rest.startswith('\\'):
        return 'write the quotes without backslashes before them'
    if rest.startswith("'"):
        return 'expected double quotes around names and values'
    if _BLANK.match(rest):
        return 'there is a blank that is not a plain one; type it again'
    if _TRAILING_COMMA.match(rest):
        return 'remove the comma before the closing bracket'
    return _hint_of_the_rest(text, position, rest)


def _hint_of_the_rest(text: str, position: int, rest: str) -> str | None:
    """Guess from what stands at the fault, and from what stands before."""
    if not rest.strip():
        return ('the value ends here: a closing bracket is missing, or its '
                'other lines are not indented')
    if rest.startswith(('True', 'False', 'None')):
        return 'write true, false or null in lower case, or text in quotes'
    whole = _is_whole(text[:position])
    if whole and rest.strip() == ';':
        return 'remove the semicolon'
    if whole and rest.lstrip().startswith(('#', ';', '//')):
        return 'a comment needs a line of its own'
    if whole and rest.lstrip()[:1] in (',', '{'):
        return ('expected one entry for each line of the option, or a list '
                'of entries in square brackets')
    if whole and rest.lstrip()[:1] == ':':
        return 'expected the entry in braces, such as {"vendor_id": "8086"}'
    if whole:
        return 'expected nothing behind the entry'
    if _DIGITS.match(rest) and text[:position].rstrip()[-1:].isdigit():
        return 'write numbers in quotes'
    if _BARE_WORD.match(rest) or _DIGITS.match(rest):
        return 'expected double quotes around names and values'
    return None


def _is_whole(text: str) -> bool:
    """Whether a text is JSON as it is."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def objects(value: OptionValue, faults: Faults,
            ) -> list[tuple[Source, JsonObject]]:
    """Decode one value that is an object or a list of objects."""
    decoded = decode(value, faults)
    if isinstance(decoded, list):
        items = [(_item(value.source, index), item)
                 for index, item in enumerate(decoded)]
    else:
        items = [] if decoded is NOT_JSON else [(value.source, decoded)]
    return [(source, item) for source, item in items
            if _is_object(item, source, faults)]


def single_object(value: OptionValue, faults: Faults) -> JsonObject | None:
    """Decode one value that must be an object."""
    decoded = decode(value, faults)
    if isinstance(decoded, list):
        faults.refuse(str(value.source), 'cannot be a list',
                      'write each object on a line of its own, with the name '
                      'of the option')
        return None
    if decoded is NOT_JSON or not _is_object(decoded, value.source, faults):
        return None
    assert isinstance(decoded, JsonObject)
    return decoded


def _item(source: Source, index: int) -> Source:
    return Source(option=source.option, index=source.index,
                  group=source.group, file=source.file, line=source.line,
                  item=index)


def _is_object(item: object, source: Source, faults: Faults) -> bool:
    if isinstance(item, JsonObject):
        for key in item.repeated:
            faults.flag(f'{source}.{shown_key(key)}', 'is written twice',
                        'keep one of the two', Fault.DUPLICATE)
        return True
    faults.refuse(str(source), f'cannot be {shown(item)}',
                  f'expected a JSON object such as {_example(source)}')
    return False
