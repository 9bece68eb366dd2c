# SPDX-License-Identifier: Apache-2.0

"""Decode one value of an option, and collect what is wrong with it."""

import json
import re
from typing import Any

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key

_TRAILING_COMMA = re.compile(r',\s*[]}]')
_TRAILING_WINDOW = 20


class JsonObject(dict[str, Any]):
    """A JSON object that remembers keys it was given twice.

    :ivar repeated: each such key once; the last value counts, as in Nova
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.repeated = tuple(
            key for key in self if keys.count(key) > 1)


class NotJson:
    """The type of ``NOT_JSON``."""


NOT_JSON = NotJson()


def decode(value: OptionValue, faults: Faults) -> Any:
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
        return json.loads(value.text, object_pairs_hook=JsonObject)
    except json.JSONDecodeError as exc:
        faults.refuse(path, f'is not JSON: {exc.msg} at character '
                            f'{exc.pos + 1}', _hint(value.text, exc.pos))
    except RecursionError:
        faults.refuse(path, 'is nested too deeply',
                      'expected one JSON object, or a list of objects')
    except ValueError:
        # int() has a limit on the number of digits that it converts.
        faults.refuse(path, 'holds a number with too many digits',
                      'write text in quotes')
    return NOT_JSON


def _hint(text: str, position: int) -> str | None:
    """Guess what an operator meant who wrote no JSON at ``position``."""
    rest = text[position:]
    before = text[max(0, position - _TRAILING_WINDOW):position + 1]
    if not text.strip():
        return 'expected one JSON object in braces'
    if rest.startswith("'"):
        return 'expected double quotes around names and values'
    if _TRAILING_COMMA.search(before + rest[1:2]):
        return 'remove the comma before the closing bracket'
    if rest.startswith(('True', 'False', 'None')):
        return 'write true, false or null in lower case, or text in quotes'
    return None


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
    if decoded is NOT_JSON or not _is_object(decoded, value.source, faults):
        return None
    assert isinstance(decoded, JsonObject)
    return decoded


def _item(source: Source, index: int) -> Source:
    return Source(option=source.option, index=source.index,
                  group=source.group, file=source.file, line=source.line,
                  item=index)


def _is_object(item: Any, source: Source, faults: Faults) -> bool:
    if isinstance(item, JsonObject):
        for key in item.repeated:
            faults.flag(f'{source}.{shown_key(key)}', 'is written twice',
                        'keep one of the two', Fault.DUPLICATE)
        return True
    faults.refuse(str(source), f'cannot be {shown(item)}',
                  'expected a JSON object such as {"vendor_id": "8086"}')
    return False
