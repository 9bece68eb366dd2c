# SPDX-License-Identifier: Apache-2.0

"""Files of JSON, read so that no two readers take them differently.

A key that is written twice, and half of a surrogate pair, are what each
reader makes something else of.
"""

import json
import re
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.parsing import walking
from nova_pci_ext.parsing.entries import JsonObject
from nova_pci_ext.parsing.faults import shown

# All that can make a surrogate of ASCII, and surrogates themselves.
_SURROGATE = re.compile(r'\\u[dD][89a-fA-F]|[\ud800-\udfff]')


class _Twice(Exception):
    """A key is written twice in one object."""


def decode(text: str, source: str, expected: str = 'JSON') -> object:
    """Turn the text of a file into values.

    :param source: what messages call the text, usually its path
    :param expected: what it should be, for messages
    :raises DiscoveryError: if it is no JSON, or not the same to everybody
    """
    try:
        content: object = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as exc:
        # The words of Python's versions differ.
        raise exceptions.DiscoveryError(
            source, f'expected {expected}; the fault is at line '
            f'{exc.lineno} column {exc.colno}') from exc
    except RecursionError as exc:
        raise exceptions.DiscoveryError(
            source, f'expected {expected}; it is nested too deep') from exc
    except ValueError as exc:
        raise exceptions.DiscoveryError(
            source, f'expected {expected}; a number in it has too many '
            'digits') from exc
    except _Twice:
        content = json.loads(text, object_pairs_hook=JsonObject)
        where, key = next(_twice(content))
        raise exceptions.DiscoveryError(
            _joined(source, where), f'{shown(key)} is written twice; '
            'expected each key once') from None
    if _SURROGATE.search(text):
        for where, half in walking.halves(content):
            raise exceptions.DiscoveryError(
                _joined(source, where), 'holds half of a character, in '
                f'{shown(half)}; expected whole ones')
    return content


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _joined(source: str, where: str) -> str:
    return f'{source}: {where}' if where else source


def _twice(content: object) -> Iterator[tuple[str, str]]:
    for where, value in walking.values(content):
        if isinstance(value, JsonObject):
            yield from ((where, key) for key in value.repeated)
