# SPDX-License-Identifier: Apache-2.0

"""The JSON Schemas of the languages, and what an entry breaks of them."""

import functools
import importlib.resources
import json
from typing import Any
from typing import cast

import jsonschema

from nova_pci_ext.parsing import nova_values
from nova_pci_ext.parsing import validation

DEVICE_SPEC = 'device_spec'
ALIAS = 'alias'
DEVICE_SETS = 'device_sets'
DEVICE_GROUP = 'device_group'


@functools.cache
def load(name: str) -> dict[str, Any]:
    """Read a schema of the package.

    :param name: ``DEVICE_SPEC``, ``ALIAS``, ``DEVICE_SETS`` or
        ``DEVICE_GROUP``
    """
    folder = importlib.resources.files('nova_pci_ext.parsing') / 'schemas'
    text = (folder / f'{name}.json').read_text(encoding='utf-8')
    return cast(dict[str, Any], json.loads(text))


@functools.cache
def _validator(name: str) -> Any:
    checker = jsonschema.FormatChecker(formats=())
    checker.checks('regex', raises=ValueError)(_compiles)
    return validation.Validator(load(name), format_checker=checker)


def _compiles(value: object) -> bool:
    return not isinstance(value, str) or bool(nova_values.regex(value))


def known_keys(name: str) -> tuple[str, ...]:
    """Keys that a language gives a meaning, in the order of the schema."""
    return tuple(load(name)['properties'])


def broken_keys(name: str, entry: dict[str, Any]) -> frozenset[str]:
    """Find the keys of an entry whose values are not as the schema says."""
    return frozenset(str(error.absolute_path[0])
                     for error in _validator(name).iter_errors(entry)
                     if error.absolute_path)


def expected(name: str, key: str) -> str:
    """Say what a key may be, for a message."""
    schema = load(name)
    rule = schema['properties'].get(key) or schema['additionalProperties']
    return f'expected {rule["x-expected"]}'
