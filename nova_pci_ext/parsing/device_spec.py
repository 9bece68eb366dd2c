# SPDX-License-Identifier: Apache-2.0

"""``[pci] device_spec``: which devices of a host may be handed out."""

import dataclasses
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import BANDWIDTH
from nova_pci_ext.model.device_set import is_place_tag
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import address_pattern
from nova_pci_ext.parsing import entries
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import nova_values
from nova_pci_ext.parsing import placement_names
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key

# Nova's pools keep these beside the tags: a tag of the same name would
# replace what is known of the device.
RESERVED = ('count', 'dev_type', 'devices', 'numa_node', 'parent_ifname',
            'rp_uuid', 'rp_uuids')
_SELECTORS = ('vendor_id', 'product_id', 'devname')
_READERS: Mapping[str, Callable[[object], str | None]] = {
    'vendor_id': nova_values.vendor_id,
    'product_id': nova_values.product_id,
    'devname': nova_values.devname,
    'managed': nova_values.boolean,
    'live_migratable': nova_values.boolean,
    'one_time_use': nova_values.boolean,
    BANDWIDTH: nova_values.mbps,
}
_YES_NO = ('trusted', 'remote_managed')
# Keys of an alias that would be free tags here.
_OF_AN_ALIAS = ('device_type', 'numa_policy', 'name')
# Ways to say a card, whose form is that of an address.
_OF_A_CARD = ('serial', 'slot')
_NO_NETWORK = frozenset(('none', 'null', 'nil', 'undefined', '~', 'n/a', '*'))
# Neutron's options separate networks, and what belongs to them, with these.
_NETWORK_ENDS = re.compile('[,:]')
_WILDCARD = re.compile(r'[*?\[\]]')


def read(value: OptionValue, faults: Faults) -> tuple[DeviceSpec, ...]:
    """Read one value of the option: an entry, or a list of entries.

    :param faults: takes what is wrong
    :returns: the entries; one with an error may be incomplete
    """
    return tuple(_entry(entry, source, faults)
                 for source, entry in entries.objects(value, faults))


def check_options(specs: Iterable[DeviceSpec], *,
                  report_in_placement: bool | None, faults: Faults,
                  has_one_time_use: bool = True,
                  has_live_migratable_trait: bool = True,
                  ) -> tuple[DeviceSpec, ...]:
    """Check entries against other options, and against this Nova.

    :param report_in_placement: ``[pci] report_in_placement``, None when it
        is not known
    :param has_one_time_use: whether this Nova keeps used devices back
    :param has_live_migratable_trait: whether it gives devices with
        ``live_migratable`` a trait
    :returns: the entries, with those marked that are refused
    """
    found = []
    for spec in specs:
        errors_before = len(faults.errors)
        if spec.tags.get('one_time_use') == 'true':
            _check_one_time_use(spec, report_in_placement, has_one_time_use,
                                faults)
        if spec.devname is not None and report_in_placement:
            faults.refuse(f'{spec.source}.devname', 'cannot be used together '
                          'with [pci] report_in_placement',
                          'write the address of the device')
        found.append(dataclasses.replace(
            spec, has_live_migratable_trait=has_live_migratable_trait,
            is_refused=spec.is_refused
            or len(faults.errors) > errors_before))
    return tuple(found)


def _check_one_time_use(spec: DeviceSpec, report_in_placement: bool | None,
                        has_one_time_use: bool, faults: Faults) -> None:
    if not has_one_time_use:
        faults.refuse(f'{spec.source}.one_time_use', 'cannot be "yes": the '
                      'installed Nova has no one-time use of devices',
                      'remove the key, or use Nova 32 (2025.2) or later')
    elif report_in_placement is False:
        faults.refuse(f'{spec.source}.one_time_use', 'cannot be "yes"',
                      'set [pci] report_in_placement = true, which '
                      'keeps a used device back')


def _entry(entry: entries.JsonObject, source: Source, faults: Faults,
           ) -> DeviceSpec:
    errors_before = len(faults.errors)
    known = _check_keys(entry, source, faults)
    broken = schema.broken_keys(schema.DEVICE_SPEC, entry)
    values = {key: _value(key, entry[key], key in broken, source, faults)
              for key in entry if key != 'address'}
    devname = values.pop('devname', None)
    address = None
    if 'address' in entry:
        before = faults.count
        address = address_pattern.parse(entry['address'],
                                        f'{source}.address', faults)
        # Whoever has to fix the address knows that he wrote one.
        known = known and faults.count == before
        if devname is not None and address is not None:
            faults.refuse(str(source), 'has both an address and a devname',
                          'keep one of the two')
    spec = DeviceSpec(
        source=source, vendor_id=values.pop('vendor_id', None),
        product_id=values.pop('product_id', None), address=address,
        devname=devname, tags=values,
        remote_managed=nova_values.is_yes(entry.get('remote_managed')))
    if known:
        _check_selection(spec, entry, faults)
    return dataclasses.replace(
        spec, is_refused=len(faults.errors) > errors_before)


def _check_keys(entry: Mapping[str, object], source: Source, faults: Faults,
                ) -> bool:
    """Flag keys that are slips of known ones, or reserved.

    :returns: whether every key means what the operator thinks it does
    """
    slips = False
    known = schema.known_keys(schema.DEVICE_SPEC)
    for key in entry:
        path = f'{source}.{shown_key(key)}'
        if key in RESERVED:
            faults.flag(path, 'would replace what the host reports',
                        'choose another name for the tag', Fault.RESERVED)
        elif is_place_tag(key):
            faults.flag(path, 'would be replaced by what the host reports',
                        'choose another name for the tag', Fault.RESERVED)
        elif key.lower() in _OF_A_CARD:
            # As a tag it would leave the entry for all other cards as well.
            faults.flag(path, 'selects no device',
                        f'write it as "address": "{key.lower()}=..."',
                        Fault.TYPO)
            slips = True
        elif key not in known:
            guess = _meant(key, known)
            if guess is not None:
                faults.flag(path, 'unknown key', _correction(guess),
                            Fault.TYPO)
                slips = True
    return not slips


def _meant(key: str, known: Iterable[str]) -> str | None:
    """Find the key that is meant; a short word is near to many free tags."""
    if key in _OF_AN_ALIAS:
        return key
    return keys.meant(key, (*known, *RESERVED, 'device_type', 'numa_policy'))


def _correction(guess: str) -> str:
    if guess in RESERVED:
        return f'it is too near to the reserved name {guess!r}'
    if guess in _OF_AN_ALIAS:
        return f'{guess!r} belongs in [pci] alias'
    return f'did you mean {guess!r}?'


def _value(key: str, value: object, is_broken: bool, source: Source,
           faults: Faults) -> str | None:
    """Read the value of one key, address excepted."""
    path = f'{source}.{shown_key(key)}'
    message = f'cannot be {shown(value)}'
    hint = schema.expected(schema.DEVICE_SPEC, key)
    try:
        meaning = _READERS.get(key, nova_values.tag)(value)
    except ValueError:
        faults.refuse(path, message, hint)
        return None
    if is_broken or _is_impossible(key, value):
        faults.flag(path, message, hint, Fault.WRONG_TYPE
                    if _is_wrong_type(key, value) else Fault.IMPOSSIBLE)
    elif key == 'traits':
        placement_names.check_blanks(path, str(value), faults)
    if key in _YES_NO and meaning is not None:
        return meaning.lower()
    return meaning


def _is_wrong_type(key: str, value: object) -> bool:
    """Whether no value of this JSON type is possible."""
    if key in schema.known_keys(schema.DEVICE_SPEC):
        return not isinstance(value, str)
    return value is None or isinstance(value, list | dict)


def _is_impossible(key: str, value: object) -> bool:
    """Whether a value that the schema takes has no meaning."""
    match key:
        case 'physical_network':
            return isinstance(value, str) and (
                value.strip().lower() in _NO_NETWORK
                or value != value.strip()
                or bool(_NETWORK_ENDS.search(value)))
        case 'devname':
            return bool(_WILDCARD.search(str(value)))
        case 'resource_class':
            return value != '' and not nova_values.is_device_class(
                str(value))
        case 'traits':
            return value != '' and not all(
                nova_values.is_placement_name(name)
                for name in str(value).split(','))
        case _:
            # JSON has no such numbers, but Python's decoder takes them.
            return isinstance(value, float) and not (
                float('-inf') < value < float('inf'))


def _check_selection(spec: DeviceSpec, entry: Mapping[str, object],
                     faults: Faults) -> None:
    """Flag an entry that takes all devices without saying so."""
    if (spec.vendor_id or spec.product_id or spec.devname
            or any(key in entry and str(entry[key]).strip() != '*'
                   for key in _SELECTORS)
            or not address_pattern.is_everything(spec.address)
            or address_pattern.says_everything(spec.address)):
        return
    faults.flag(str(spec.source), 'selects every device of the host',
                'expected a vendor_id, product_id, address or devname, or '
                '"address": "*:*:*.*" if every device is meant',
                Fault.UNSELECTIVE)
