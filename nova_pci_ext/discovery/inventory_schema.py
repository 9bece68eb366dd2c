# SPDX-License-Identifier: Apache-2.0

"""Does the content of an inventory file obey its schema?"""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

import jsonschema

from nova_pci_ext import exceptions
from nova_pci_ext.parsing import validation

FORMAT = 'nova-pci-inventory'
# What differs from device to device, such as addresses, is given up first.
_MOST_VALUES = 16384


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of an inventory file."""
    package = importlib.resources.files('nova_pci_ext.discovery')
    text = package.joinpath('schemas', 'inventory.json').read_text('utf-8')
    schema: dict[str, Any] = json.loads(text)
    return schema


def check(content: object, source: str) -> None:
    """Report the first place where the content breaks the schema.

    :param source: what messages call the file
    :raises DiscoveryError: if it does, or is something else altogether
    """
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise exceptions.DiscoveryError(
            source, 'not an inventory file; expected a JSON object with '
                    f'"format": "{FORMAT}", as nova-pci devices --record '
                    'writes it')
    devices = content.get('devices')
    if (isinstance(devices, list) and _device_fields().all_obey(devices)
            and _host_fields().all_obey([{**content, 'devices': []}])):
        return
    validation.require(_validator(), content, source)


@functools.cache
def _validator() -> jsonschema.protocols.Validator:
    """Return the schema, compiled once for all files."""
    return validation.Validator(load_schema())


@functools.cache
def _device_fields() -> '_FieldCheck':
    return _FieldCheck('device')


@functools.cache
def _host_fields() -> '_FieldCheck':
    return _FieldCheck()


class _FieldCheck:
    """The schema of one object, for thousands of devices and of hosts.

    Each field has a schema of its own, and no rule joins two fields.  So a
    value that stands in many devices is looked at once: validating whole
    devices is most of the time that it takes to read a large host.  Hosts of
    one cloud have most values in common, too.

    :param definition: in the schema; the whole if None
    """

    def __init__(self, definition: str | None = None) -> None:
        whole = load_schema()
        definitions = whole['$defs']
        schema = definitions[definition] if definition else whole
        self._required = frozenset(schema['required'])
        self._fields = {
            name: validation.Validator({**_resolve(field, definitions),
                                        '$defs': definitions})
            for name, field in schema['properties'].items()}
        self._obeys = functools.lru_cache(_MOST_VALUES)(self._is_valid)

    def all_obey(self, objects: list[object]) -> bool:
        """Whether all objects obey; the whole schema says what does not."""
        try:
            return all(self._obey(each) for each in objects)
        except RecursionError:
            return False

    def _obey(self, found: object) -> bool:
        return (isinstance(found, dict) and self._required <= found.keys()
                and all(name in self._fields
                        and self._obeys(name, json.dumps(value))
                        for name, value in found.items()))

    def _is_valid(self, name: str, text: str) -> bool:
        valid: bool = self._fields[name].is_valid(json.loads(text))
        return valid


def _resolve(field: Mapping[str, Any], definitions: Mapping[str, Any],
             ) -> dict[str, Any]:
    """Write a reference out; looking it up each time is most of the cost."""
    plain = dict(field)
    reference = plain.pop('$ref', None)
    if reference is not None:
        plain |= definitions[reference.rpartition('/')[2]]
    return plain
