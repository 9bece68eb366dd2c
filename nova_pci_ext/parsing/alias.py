# SPDX-License-Identifier: Apache-2.0

"""``[pci] alias``: named requests, which flavors ask for."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import entries
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import nova_values
from nova_pci_ext.parsing import placement_names
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key

_IDS = ('vendor_id', 'product_id')
_PLACEMENT = ('resource_class', 'traits')
_MAX_NAME = 256


def read(value: OptionValue, faults: Faults) -> Alias | None:
    """Read one value of the option as an alias of one entry.

    :param faults: takes what is wrong
    :returns: None if Nova would refuse the value too
    """
    errors_before = len(faults.errors)
    entry = entries.single_object(value, faults)
    if entry is None:
        return None
    source = value.source
    _check_keys(entry, source, faults)
    broken = schema.broken_keys(schema.ALIAS, entry)
    values = {key: _value(key, entry[key], key in broken, source, faults)
              for key in entry if key in schema.known_keys(schema.ALIAS)}
    name = values.get('name')
    if 'name' not in entry:
        faults.refuse(f'{source}.name', 'is missing',
                      schema.expected(schema.ALIAS, 'name'))
    if name is None or any(fault.fault is Fault.REFUSED
                           for fault in faults.errors[errors_before:]):
        return None
    return Alias(
        name=name, entries=(_alias_entry(values, source),),
        numa_policy=NumaPolicy(values.get('numa_policy')
                               or NumaPolicy.LEGACY))


def merge(aliases: Iterable[Alias], faults: Faults) -> dict[str, Alias]:
    """Join the entries of each name, in their order.

    :returns: name to alias, in the order of first appearance
    """
    merged: dict[str, Alias] = {}
    for alias in aliases:
        first = merged.get(alias.name)
        if first is None:
            merged[alias.name] = alias
        else:
            _check_pair(first, alias, faults)
            merged[alias.name] = dataclasses.replace(
                first, entries=first.entries + alias.entries)
    return merged


def check_options(aliases: Iterable[Alias], *, pci_in_placement: bool | None,
                  alternatives: bool, faults: Faults) -> None:
    """Check aliases against ``[filter_scheduler] pci_in_placement``.

    :param pci_in_placement: None when the option is not known
    :param alternatives: whether several entries of one name work with
        Placement, as ``[pci_ext] allocation_candidates`` decides
    """
    for alias in aliases:
        if pci_in_placement and len(alias.entries) > 1:
            _check_entries(alias, alternatives, faults)
        for entry in alias.entries:
            _check_ids(entry, pci_in_placement, faults)


def _check_entries(alias: Alias, alternatives: bool, faults: Faults) -> None:
    """Check an alias with several entries where Placement is asked."""
    path = str(alias.entries[1].source)
    message = (f'is another entry of alias {alias.name!r}, which stands at '
               + str(alias.entries[0].source))
    if alternatives:
        faults.note(path, message,
                    'with [filter_scheduler] pci_in_placement nova-api, '
                    'nova-conductor and nova-compute have to be those of '
                    'nova_pci_ext; Nova\'s own nova-api does not start with '
                    'it', Fault.NO_EFFECT)
    else:
        faults.refuse(path, message,
                      'with [filter_scheduler] pci_in_placement set '
                      '[pci_ext] allocation_candidates = ours, or write '
                      'one entry, and one resource_class for all its '
                      'devices')


def _check_ids(entry: AliasEntry, pci_in_placement: bool | None,
               faults: Faults) -> None:
    if entry.vendor_id and entry.product_id:
        return
    if entry.resource_class is not None and pci_in_placement is not False:
        return
    missing = ' and '.join(key for key in _IDS
                           if getattr(entry, key) is None)
    instead = (', or a resource_class together with [filter_scheduler] '
               'pci_in_placement')
    faults.refuse(str(entry.source), f'has no {missing}',
                  f'expected both vendor_id and product_id{instead}')


def _check_keys(entry: Mapping[str, object], source: Source,
                faults: Faults) -> None:
    known = schema.known_keys(schema.ALIAS)
    for key in entry:
        path = f'{source}.{shown_key(key)}'
        if key == 'capability_type' and entry[key] == 'pci':
            # With the key, Nova's own scheduler finds no device at all.
            faults.note(path, 'says nothing', 'remove the key',
                        Fault.NO_EFFECT)
        elif key not in known:
            faults.refuse(path, 'unknown key', _correction(key, known))


def _correction(key: str, known: tuple[str, ...]) -> str:
    guess = keys.meant(key, known)
    if guess:
        return f'did you mean {guess!r}?'
    spec = schema.known_keys(schema.DEVICE_SPEC)
    other = key if key in spec else keys.meant(key, spec)
    if other:
        return f'{other!r} belongs in [pci] device_spec'
    return f'expected {", ".join(known)}'


def _value(key: str, value: object, is_broken: bool, source: Source,
           faults: Faults) -> str | None:
    """Read the value of one known key; None if Nova refuses it too."""
    path = f'{source}.{key}'
    message = f'cannot be {shown(value)}'
    hint = schema.expected(schema.ALIAS, key)
    try:
        meaning = _nova_meaning(key, value)
    except ValueError:
        faults.refuse(path, message, hint)
        return None
    if is_broken or _is_impossible(key, value):
        faults.flag(path, message, hint, Fault.IMPOSSIBLE)
    elif key == 'traits':
        placement_names.check_blanks(path, value, faults)
    return meaning


def _nova_meaning(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    if key in _IDS:
        return _id(value)
    if key == 'live_migratable':
        return str(nova_values.boolean(value))
    if key == 'name':
        if not 1 <= len(value) <= _MAX_NAME:
            raise ValueError(value)
        return value.strip()
    allowed = schema.load(schema.ALIAS)['properties'][key].get('enum')
    if allowed is not None and value not in allowed:
        raise ValueError(value)
    return value


def _id(text: str) -> str:
    """Read an id as Nova's pattern does: any script's digits, a line end."""
    digits = text.removesuffix('\n')
    if len(digits) != 4 or not all(
            letter.isdecimal() or letter in 'abcdefABCDEF'
            for letter in digits):
        raise ValueError(text)
    return text.lower()


def _is_impossible(key: str, value: object) -> bool:
    """Whether Placement refuses a name that the schema takes."""
    if key not in _PLACEMENT or not isinstance(value, str) or not value:
        return False
    if key == 'resource_class':
        return not nova_values.is_device_class(value)
    return not all(nova_values.is_placement_name(name)
                   for name in value.split(','))


def _alias_entry(values: dict[str, str | None], source: Source,
                 ) -> AliasEntry:
    dev_type = values.get('device_type')
    live_migratable = values.get('live_migratable')
    return AliasEntry(
        source=source, vendor_id=values.get('vendor_id'),
        product_id=values.get('product_id'),
        dev_type=None if dev_type is None else DeviceType(dev_type),
        resource_class=values.get('resource_class'),
        traits=values.get('traits'),
        live_migratable=(None if live_migratable is None
                         else live_migratable == 'true'))


def _check_pair(first: Alias, other: Alias, faults: Faults) -> None:
    """Refuse entries of one name that Nova cannot join."""
    old, new = first.entries[0], other.entries[0]
    if first.numa_policy != other.numa_policy:
        faults.refuse(f'{new.source}.numa_policy',
                      f'is {other.numa_policy.value!r}, but alias '
                      f'{first.name!r} at {old.source} has '
                      f'{first.numa_policy.value!r}',
                      'expected one policy for all entries of a name')
    if old.dev_type is None or new.dev_type is None:
        faults.refuse(f'{new.source}.device_type',
                      f'is needed here and at {old.source}',
                      f'both are entries of alias {first.name!r}')
    elif old.dev_type is not new.dev_type:
        faults.refuse(f'{new.source}.device_type',
                      f'is {new.dev_type.value!r}, but alias '
                      f'{first.name!r} at {old.source} has '
                      f'{old.dev_type.value!r}',
                      'expected one type for all entries of a name')
