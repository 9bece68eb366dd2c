# SPDX-License-Identifier: Apache-2.0

"""The ``address`` of a device_spec entry: text or regular expressions."""

import json
import re
from typing import Any

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.spec import AddressForm
from nova_pci_ext.model.spec import AddressPattern
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import nova_values
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key

# Part of an address: most digits, highest value.
_PARTS = {'domain': (4, 0xffff), 'bus': (2, 0xff), 'slot': (2, 0x1f),
          'function': (1, 7)}
# Parts of two digits, of which one alone is a beginning.
_HALF = ('bus', 'slot')
_DIGIT = re.compile('[0-9a-f]')
_RANGE = re.compile('[0-9a-f]-[0-9a-f]')
# What can be made lower case without becoming another expression.
_PLAIN_REGEX = re.compile(r'[0-9a-f\[\]-]+[$]?')
# nvidia-smi prints a domain with eight digits.
_WIDE_DOMAIN = 8
_PLAIN_HEX = re.compile('(0[xX])?([0-9a-fA-F]+)')
_EVERY_DEVICE = '*:*:*.*'
# A card or a slot, whatever the address. Nova takes no such word for part of
# an address, so that it never hands out more than was meant.
_CARD = re.compile(r'\s*(serial|slot)\s*=\s*(.*?)\s*', re.IGNORECASE)
_LONGEST = 255
_CAPITALS = re.compile('[A-F]')
# An address in the notation of libvirt's names, or with another sign
# somewhere.
_LIKE_ADDRESS = re.compile(
    '(?:[a-z]+[_@:]|)(?:0x)?([0-9a-f]{1,4})[:_.-](?:0x)?([0-9a-f]{1,2})[:_.-]'
    '(?:0x)?([01]?[0-9a-f])[:_.-](?:0x)?([0-7])', re.IGNORECASE)
_ADDRESSES = re.compile('[ ,;]+')
_RANGES = re.compile(
    r'[][?|(]|[0-9a-f][*]|[*][0-9a-f]|[0-9a-f]-[0-9a-f]|[.][*]:',
    re.IGNORECASE)


def parse(value: object, path: str, faults: Faults) -> AddressPattern | None:
    """Read an address.

    address = glob / card / regexes
    card = ("serial" / "slot") "=" 1*255CHAR
    glob = [[[domain] ":"] [bus] ":"] [slot] ["." [function]]
    regexes = object of "domain", "bus", "slot", "function": regex

    Each part of a glob is hexadecimal digits, "*", or nothing for any.

    :param path: where the address stands
    :returns: None where the address is absent, or only Nova takes it
    """
    if value == '' or not (value or isinstance(value, str)):
        # Nova takes every false value for "no address given".
        faults.flag(path, f'cannot be {shown(value)}',
                    schema.expected(schema.DEVICE_SPEC, 'address'),
                    Fault.WRONG_TYPE)
        return None
    if isinstance(value, str):
        card = _CARD.fullmatch(value)
        if card is not None:
            return _card(card, path, faults)
        return _glob(value, path, faults)
    if isinstance(value, dict):
        return _regexes(value, path, faults)
    faults.refuse(path, f'cannot be {shown(value)}',
                  schema.expected(schema.DEVICE_SPEC, 'address'))
    return None


def _card(found: re.Match[str], path: str, faults: Faults,
          ) -> AddressPattern | None:
    kind, name = found[1].lower(), found[2]
    if not name or len(name) > _LONGEST or not name.isprintable():
        faults.refuse(path, f'cannot be {shown(found[0])}',
                      'expected a serial number or the name of a slot after '
                      'the sign, as nova-pci devices shows it')
        return None
    return AddressPattern(
        form=AddressForm.CARD, text=found[0],
        card_serial=name if kind == 'serial' else None,
        card_slot=name if kind == 'slot' else None)


def is_everything(pattern: AddressPattern | None) -> bool:
    """Whether any address fits."""
    return pattern is None or ((
        pattern.card_serial is None and pattern.card_slot is None) and all(
        part is None or (isinstance(part, re.Pattern)
                         and part.pattern in ('', '.*'))
        for part in pattern.fields))


def says_everything(pattern: AddressPattern | None) -> bool:
    """Whether the operator wrote in full that every device is meant."""
    return pattern is not None and (
        pattern.text.strip() == _EVERY_DEVICE or all(
            isinstance(part, re.Pattern) and part.pattern == '.*'
            for part in pattern.fields))


def _glob(text: str, path: str, faults: Faults) -> AddressPattern | None:
    found = Faults(strict=faults.strict)
    pattern = _glob_parts(text, path, found)
    if any(error.fault is Fault.REFUSED for error in found.errors):
        nearest = _nearest_address(text)
        if nearest is not None:
            faults.refuse(path, f'cannot be {shown(text)}', nearest)
            return None
    faults.errors += found.errors
    faults.warnings += found.warnings
    return pattern


def _glob_parts(text: str, path: str, faults: Faults,
                ) -> AddressPattern | None:
    front, _, function = text.partition('.')
    fields = front.split(':') if front else []
    if len(fields) > 3:
        faults.refuse(path, f'cannot be {shown(text)}',
                      schema.expected(schema.DEVICE_SPEC, 'address'))
        return None
    written = dict(zip(('function', 'slot', 'bus', 'domain'),
                       [function, *reversed(fields)], strict=False))
    if function and not function.strip():
        faults.refuse(path, f'cannot be {shown(text)}',
                      'expected a function from 0 to 7, "*", or nothing '
                      'after the dot')
        return None
    found: dict[str, Any] = {
        part: _glob_part(part, written[part].strip(), path, faults)
        for part in _PARTS if part in written}
    return AddressPattern(form=AddressForm.GLOB, text=text, **found)


def _nearest_address(text: str) -> str | None:
    """Say how to write what Nova refuses; None where nothing is near."""
    like = _LIKE_ADDRESS.fullmatch(text.strip())
    if like is not None:
        domain, bus, slot, function = (int(part, 16) for part in like.groups())
        return (f'did you mean "{domain:04x}:{bus:02x}:{slot:02x}.'
                f'{function:x}"?')
    parts = [part for part in _ADDRESSES.split(text) if part]
    if len(parts) > 1 and all(map(_LIKE_ADDRESS.fullmatch, parts)):
        return 'write one entry for each address'
    if _RANGES.search(text):
        return ('expected digits or "*" for each part; for ranges write one '
                'regular expression for each part, such as {"bus": "3b", '
                '"slot": "00", "function": "[2-5]"}')
    return None


def _glob_part(part: str, text: str, path: str, faults: Faults,
               ) -> int | None:
    """Read one part of a glob; None for any."""
    if text in ('', '*'):
        return None
    digits, highest = _PARTS[part]
    hint = (f'expected 1 to {digits} hexadecimal digits up to {highest:x}, '
            f'or "*"' if digits > 1 else 'expected 0 to 7, or "*"')
    message = f'{part} cannot be {shown(text)}'
    try:
        number = nova_values.hexadecimal(text, highest)
    except ValueError:
        faults.refuse(path, message, hint)
        return None
    plain = _PLAIN_HEX.fullmatch(text)
    most = _WIDE_DOMAIN if part == 'domain' else digits
    if plain is None or len(plain[2]) > most:
        faults.flag(path, message, hint, Fault.IMPOSSIBLE)
    return number


def _regexes(parts: dict[str, object], path: str, faults: Faults,
             ) -> AddressPattern | None:
    for key in parts:
        if key not in _PARTS:
            _unknown_part(key, path, faults)
    found: dict[str, Any] = {
        part: _regex(part, parts[part], f'{path}.{part}', faults)
        for part in _PARTS if part in parts}
    return AddressPattern(form=AddressForm.REGEX, text=json.dumps(parts),
                          **found)


def _unknown_part(key: str, path: str, faults: Faults) -> None:
    guess = keys.meant(key, _PARTS)
    hint = (f'did you mean {guess!r}?' if guess else
            'expected "domain", "bus", "slot" or "function"')
    faults.flag(f'{path}.{shown_key(key)}', 'unknown part of an address', hint,
                Fault.TYPO)


def _regex(part: str, text: object, path: str, faults: Faults,
           ) -> re.Pattern[str] | None:
    try:
        pattern = nova_values.regex(text)
    except ValueError as exc:
        faults.refuse(path, f'cannot be {shown(text)}: '
                            f'{shown(str(exc))[1:-1]}',
                      'expected a regular expression in quotes, such as '
                      '"0[1-2]"')
        return None
    matched = _matched(part, pattern)
    if not matched:
        faults.flag(path, f'cannot be {shown(text)}: it matches no {part}',
                    _nearest(part, pattern.pattern), Fault.IMPOSSIBLE)
    elif (part in _HALF and isinstance(text, str)
          and _DIGIT.fullmatch(text)):
        faults.note(path, f'{shown(text)} means each {part} that begins with '
                          f'{text}, and is not {part} 0{text}',
                    f'did you mean "0{text}"?', Fault.TYPO)
    elif _has_capitals(pattern) and matched != _matched(
            part, nova_values.regex(pattern.pattern.lower())):
        faults.flag(path, f'cannot be {shown(text)}: addresses have no '
                          'capital letters',
                    f'did you mean "{pattern.pattern.lower()}"?',
                    Fault.IMPOSSIBLE)
    return pattern


def _matched(part: str, pattern: re.Pattern[str]) -> frozenset[int]:
    """Return the values that an expression matches; a prefix is enough."""
    digits, highest = _PARTS[part]
    return frozenset(number for number in range(highest + 1)
                     if pattern.match(f'{number:0{digits}x}'))


def _matches(part: str, pattern: re.Pattern[str]) -> bool:
    return bool(_matched(part, pattern))


def _has_capitals(pattern: re.Pattern[str]) -> bool:
    """Whether an expression has hexadecimal digits in capital letters."""
    text = pattern.pattern
    return (bool(_CAPITALS.search(text)) and '\\' not in text
            and '(?' not in text)


def _nearest(part: str, text: str) -> str:
    """Say how to write what was probably meant."""
    digits, highest = _PARTS[part]
    plain = text.strip().lower().removeprefix('0x')
    guesses = [plain, plain.zfill(digits)]
    if _RANGE.fullmatch(plain):
        guesses.append(f'[{plain}]')
    for guess in guesses:
        if _PLAIN_REGEX.fullmatch(guess) and _matches(
                part, nova_values.regex(guess)):
            return f'did you mean "{guess}"?'
    return ('expected an expression that matches some of '
            f'{0:0{digits}x} to {highest:x}, in lower case')
