# SPDX-License-Identifier: Apache-2.0

"""Sets of devices, as the extra specs of a flavor ask for them."""

import re
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import ATTRIBUTES
from nova_pci_ext.model.device_set import BANDWIDTH_LEFT
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.device_set import is_ports
from nova_pci_ext.model.device_set import network
from nova_pci_ext.model.device_set import PF
from nova_pci_ext.model.device_set import PORTS
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import device_spec
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown

#: The extra spec of each rule.
KEYS: Mapping[SetRule, str] = {
    rule: f'pci_passthrough:{rule}' for rule in SetRule}
# What Nova's database has room for.
_MAX_LENGTH = 255
_TAG = re.compile(r'[^\s\x00-\x1f\x7f:;,]+')
# As ``[pci_ext] device_group`` has it.
_TYPE = re.compile('[A-Za-z0-9_.-]{1,64}')
# Of the tag ``bandwidth_mbps`` the same.
_MBPS = re.compile('[1-9][0-9]{0,8}')
_FORMS = {SetRule.GROUP: _TYPE, SetRule.BANDWIDTH: _MBPS}
# What a device_spec entry has beside its tags, and tags that are Placement's
# alone: no pool tells devices apart by these.
_NOT_COMPARED = frozenset((
    'address', 'devname', 'vendor_id', 'product_id', 'resource_class',
    'traits', BANDWIDTH_LEFT,
    *device_spec.RESERVED)) - {*ATTRIBUTES}
_EXPECTED = (f'expected one of {", ".join(ATTRIBUTES)}, or the name of a tag '
             'in [pci] device_spec')


def read(extra_specs: Mapping[str, str], faults: Faults,
         ) -> tuple[DeviceSet, ...]:
    """Read the sets of a flavor, in the order of the rules.

    :param faults: takes what is wrong with one set
    """
    return tuple(found for rule, key in KEYS.items() if key in extra_specs
                 for found in read_value(rule, extra_specs[key], faults))


def read_value(rule: SetRule, text: str, faults: Faults,
               ) -> tuple[DeviceSet, ...]:
    """Read the value of one extra spec.

    value = set *(";" set)
    set = WS attribute WS ":" member *("," member)
    member = WS (alias / "ports" / "ports@" network) WS

    ``pair`` has two members, ``group`` has one.  The attribute of
    ``bandwidth`` is the Mbit/s of each device, so each of its members is a
    set by itself.
    """
    if not isinstance(text, str):
        faults.refuse(KEYS[rule], f'is {type(text).__name__}', _form(rule))
        return ()
    if len(text) > _MAX_LENGTH:
        faults.refuse(KEYS[rule], f'has {len(text)} characters', 'expected '
                      f'at most {_MAX_LENGTH}, which is what Nova keeps')
        return ()
    found = [each for part in text.split(';')
             if (each := _set(rule, part.strip(), faults)) is not None]
    if rule is not SetRule.BANDWIDTH:
        return tuple(found)
    members = [(name, each.attribute) for each in found
               for name in each.members]
    _check_shares(members, faults)
    return tuple(DeviceSet(rule=rule, attribute=mbps, members=(name,))
                 for name, mbps in members)


def _set(rule: SetRule, text: str, faults: Faults) -> DeviceSet | None:
    before = len(faults.errors)
    attribute, colon, members = text.partition(':')
    names = tuple(name.strip() for name in members.split(','))
    if not colon or not all(_is_member(name) for name in names):
        faults.refuse(KEYS[rule], f'{shown(text)} is not a set of devices',
                      _form(rule))
        return None
    attribute = _attribute(rule, attribute.strip())
    _check_attribute(rule, attribute, text, faults)
    _check_number(rule, names, text, faults)
    _check_repeats(rule, names, text, faults)
    if len(faults.errors) > before:
        return None
    return DeviceSet(rule=rule, attribute=attribute, members=names)


def _attribute(rule: SetRule, word: str) -> str:
    """Return an attribute as devices have it: capitals matter in tags."""
    plain = word.lower()
    return plain if rule is SetRule.GROUP or plain in ATTRIBUTES else word


def _form(rule: SetRule) -> str:
    return schema.expected(schema.DEVICE_SETS, KEYS[rule])


def _is_member(name: str) -> bool:
    found = network(name)
    if found is not None and found.lstrip() != found:
        return False
    return bool(name) and ':' not in name and found != ''


def _check_attribute(rule: SetRule, attribute: str, text: str,
                     faults: Faults) -> None:
    form = _FORMS.get(rule, _TAG)
    if form.fullmatch(attribute) is None:
        faults.refuse(KEYS[rule], f'{shown(text)} is not a set of devices',
                      _form(rule))
    elif rule is SetRule.BANDWIDTH:
        return
    elif attribute.lower().startswith(GROUP_TAG):
        of_group = attribute.lower().removeprefix(GROUP_TAG) or 'TYPE'
        faults.refuse(
            KEYS[rule], f'unknown attribute {shown(attribute)}',
            f'did you mean {KEYS[SetRule.GROUP]} = {of_group}:MEMBER?',
            Fault.TYPO)
    elif rule is not SetRule.GROUP:
        check_name(rule, attribute, faults)


def check_name(rule: SetRule, attribute: str, faults: Faults) -> None:
    """Refuse what no device has, and slips of what each has.

    Any other word may be a tag.
    """
    if attribute in ATTRIBUTES:
        return
    tags = [name for name in schema.known_keys(schema.DEVICE_SPEC)
            if name not in _NOT_COMPARED]
    near = None if attribute in tags else keys.meant(
        attribute, (*ATTRIBUTES, *tags))
    # A name of two letters is near to half of all short tags.
    if near is not None and not (near == PF and len(attribute) <= len(PF)):
        faults.refuse(KEYS[rule], f'unknown attribute {shown(attribute)}',
                      f'did you mean {near}?', Fault.TYPO)
    elif attribute in _NOT_COMPARED:
        faults.refuse(KEYS[rule], f'{shown(attribute)} is not an attribute '
                      'that devices are compared by', _EXPECTED)


def _check_number(rule: SetRule, names: tuple[str, ...], text: str,
                  faults: Faults) -> None:
    wanted = {SetRule.PAIR: 2, SetRule.GROUP: 1}.get(rule)
    if wanted is not None and len(names) != wanted:
        faults.refuse(KEYS[rule], f'{shown(text)} has {len(names)} '
                      f'member{"" if len(names) == 1 else "s"}', _form(rule))


def _check_repeats(rule: SetRule, names: tuple[str, ...], text: str,
                   faults: Faults) -> None:
    """Refuse a device that would be in a set twice."""
    for number, name in enumerate(names):
        for other in names[:number]:
            if name == other:
                faults.refuse(KEYS[rule], f'{shown(text)} has the member '
                              f'{shown(name)} twice', fault=Fault.DUPLICATE)
            elif overlap(name, other):
                faults.refuse(
                    KEYS[rule], f'{shown(text)} has ports twice: in '
                    f'{shown(other)} and in {shown(name)}',
                    fault=Fault.DUPLICATE)


def _check_shares(members: Sequence[tuple[str, str]],
                  faults: Faults) -> None:
    """Refuse a device of which two members say what it takes."""
    for number, (name, mbps) in enumerate(members):
        for other, before in members[:number]:
            if overlap(name, other):
                faults.refuse(
                    KEYS[SetRule.BANDWIDTH], f'{shown(name)} takes {mbps} '
                    f'Mbit/s, and {shown(other)} {before}',
                    'expected each device in one member',
                    fault=Fault.DUPLICATE)


def overlap(one: str, other: str) -> bool:
    """Whether two members can have a device in common.

    Names of physical networks are compared as those of devices are: without
    regard to capitals.
    """
    if not (is_ports(one) and is_ports(other)):
        return one == other
    return PORTS in (one, other) or one.lower() == other.lower()
