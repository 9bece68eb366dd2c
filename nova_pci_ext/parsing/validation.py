# SPDX-License-Identifier: Apache-2.0

"""JSON Schema as its standard has it, and stricter where that is too kind.

In a schema ``$`` is the end of the text; Python's lets a line end follow.  To
the standard 2.0 and 1e2 are integers; whoever counts devices writes neither,
and whoever reads them would count with a float.
"""

import re
from collections.abc import Iterator

import jsonschema
from jsonschema.protocols import Validator as AnyValidator

from nova_pci_ext import exceptions

# A wrong value can be the whole content of a foreign file.
_MOST_LETTERS, _MOST_OF_VALUE = 200, 60


def _match(validator: object, pattern: str, instance: object, schema: object,
           ) -> Iterator[jsonschema.ValidationError]:
    """Match the whole text; all patterns of ours stand for one."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield jsonschema.ValidationError(
            f'{instance!r} does not match {pattern!r}')


def _const(validator: object, expected: object, instance: object,
           schema: object) -> Iterator[jsonschema.ValidationError]:
    """Compare with one text or number; 1.0 and true are not 1."""
    if type(instance) is not type(expected) or instance != expected:
        yield jsonschema.ValidationError(
            f'expected {expected!r}, got {instance!r}')


def _is_integer(checker: object, instance: object) -> bool:
    return type(instance) is int


#: Validates the schemas of this package.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {'pattern': _match, 'const': _const},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        'integer', _is_integer))


def require(validator: AnyValidator, content: object, source: str) -> None:
    """Refuse content for the first place where it breaks its schema.

    :param source: what messages call the content, usually the path of a file
    :raises DiscoveryError: which says where, what is there, and what was
        expected
    """
    try:
        fault = jsonschema.exceptions.best_match(
            validator.iter_errors(content))
        if fault is None:
            return
        where = fault.json_path.removeprefix('$').removeprefix('.')
        message = fault.message.replace(
            repr(fault.instance), _start(repr(fault.instance),
                                         _MOST_OF_VALUE))
    except RecursionError as exc:
        raise exceptions.DiscoveryError(
            source, 'it is nested too deep') from exc
    raise exceptions.DiscoveryError(
        f'{source}: {where}' if where else source,
        _start(message, _MOST_LETTERS))


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else f'{text[:most]}...'
