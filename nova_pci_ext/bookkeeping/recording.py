# SPDX-License-Identifier: Apache-2.0

"""Books as a JSON file, which a support engineer can audit again.

The schema of the file is that of the dataclasses in ``auditing.books``.
"""

import dataclasses
import json
import pathlib
import types
import typing
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import books
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.parsing import documents
from nova_pci_ext.parsing import validation

FORMAT, VERSION = 'nova-pci-ext-books', 1
# As a database has it.
_RANGE = {'minimum': -2 ** 63, 'maximum': 2 ** 63 - 1}
_PLAIN = {str: 'string', int: 'integer', bool: 'boolean',
          types.NoneType: 'null'}


def write(found: books.Books, path: pathlib.Path) -> None:
    """Write a file that ``read`` turns into the same value."""
    whole_files.write(path, format_books(found))


def format_books(found: books.Books) -> str:
    """Return the text of a file of books, one entry per line."""
    parts = [f' "format": "{FORMAT}"', f' "version": {VERSION}']
    for name, value in dataclasses.asdict(found).items():
        if value is None or isinstance(value, str):
            parts.append(f' "{name}": {json.dumps(value)}')
        elif value:
            entries = ',\n  '.join(map(json.dumps, value))
            parts.append(f' "{name}": [\n  {entries}]')
        else:
            parts.append(f' "{name}": []')
    return '{\n' + ',\n'.join(parts) + '\n}\n'


def read(path: pathlib.Path) -> books.Books:
    """Read recorded books.

    :raises DiscoveryError: when the file is missing, is no JSON, or does not
        obey the schema
    """
    content = documents.decode(whole_files.read(path), str(path))
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise exceptions.DiscoveryError(
            str(path), 'not a file of books; expected a JSON object with '
            f'"format": "{FORMAT}", as nova-pci audit --record writes it')
    validation.require(validation.Validator(schema()), content, str(path))
    found = _value(books.Books, {
        key: value for key, value in content.items()
        if key not in ('format', 'version')})
    assert isinstance(found, books.Books)
    return found


def schema() -> dict[str, object]:
    """Return the JSON Schema of a file of books."""
    made = _schema(books.Books)
    properties = made['properties']
    assert isinstance(properties, dict)
    return {'$schema': 'https://json-schema.org/draft/2020-12/schema',
            **made, 'properties': {
                'format': {'const': FORMAT}, 'version': {'const': VERSION},
                **properties}}


def _schema(kind: object) -> dict[str, object]:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return {'type': 'object', 'additionalProperties': False,
                'properties': {name: _schema(hint)
                               for name, hint in hints.items()},
                'required': [
                    field.name for field in dataclasses.fields(kind)
                    if field.default is dataclasses.MISSING]}
    if typing.get_origin(kind) is tuple:
        return {'type': 'array', 'items': _schema(typing.get_args(kind)[0])}
    if isinstance(kind, types.UnionType):
        parts = list(map(_schema, typing.get_args(kind)))
        # One schema for both: it says more of what is neither.
        return {**parts[0], 'type': [part['type'] for part in parts]}
    assert isinstance(kind, type)
    made: dict[str, object] = {'type': _PLAIN[kind]}
    return {**made, **_RANGE} if kind is int else made


def _value(kind: object, plain: object) -> object:
    """Turn what obeys the schema into a value."""
    if isinstance(kind, types.UnionType):
        if plain is None:
            return None
        (kind,) = [each for each in typing.get_args(kind)
                   if each is not types.NoneType]
    if typing.get_origin(kind) is tuple:
        assert isinstance(plain, list)
        inner = typing.get_args(kind)[0]
        return tuple(_value(inner, each) for each in plain)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        assert isinstance(plain, Mapping)
        hints = typing.get_type_hints(kind)
        made: object = kind(**{
            name: _value(hints[name], each) for name, each in plain.items()})
        return made
    return plain
