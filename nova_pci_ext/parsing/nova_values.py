# SPDX-License-Identifier: Apache-2.0

"""What Nova makes of a value, also where it should have refused it.

Each reader takes a decoded JSON value and returns Nova's reading, or raises
``ValueError`` where Nova refuses the value or dies of it.  ``mbps`` is of a
tag that means something to this package only.
"""

import re
import warnings

from nova_pci_ext.model.truth import FALSE_WORDS
from nova_pci_ext.model.truth import TRUE_WORDS

_MBPS = re.compile('[1-9][0-9]{0,8}')
_NO_PLACEMENT_NAME = re.compile('[^A-Z0-9_]+')
# Nova asks for these itself: requests for CPUs, memory, disk and mediated
# devices would go to the PCI devices.
_NOVAS_CLASSES = frozenset(('VCPU', 'PCPU', 'MEMORY_MB', 'DISK_GB', 'VGPU'))
_MAX_PLACEMENT_NAME = 255


def hexadecimal(text: str, highest: int) -> int:
    """Read a number as ``int(text, 16)`` does, up to ``highest``.

    That takes signs, underscores, ``0x``, white space around, and digits of
    other scripts.
    """
    number = int(text, 16)
    if number > highest:
        raise ValueError(text)
    return number


def vendor_id(value: object) -> str | None:
    """Read a vendor id; None for any."""
    return product_id(_text(value).strip())


def product_id(value: object) -> str | None:
    """Read a product id; None for any."""
    text = _text(value)
    return None if text == '*' else f'{hexadecimal(text, 0xffff):04x}'


def devname(value: object) -> str | None:
    """Read the name of a network interface; a false value is not a name."""
    return str(value) if value else None


def boolean(value: object) -> str | None:
    """Read one of the words for yes and no, as ``true`` or ``false``."""
    if value is None:
        return None
    word = str(value).strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError(word)
    return 'true' if word in TRUE_WORDS else 'false'


def mbps(value: object) -> str:
    """Read a whole number of Mbit/s, from 1 and with at most nine digits."""
    text = str(value).strip()
    if isinstance(value, bool | float) or _MBPS.fullmatch(text) is None:
        raise ValueError(text)
    return text


def is_yes(value: object) -> bool:
    """Whether a value is one of the words for yes, or true."""
    return str(value).strip().lower() in TRUE_WORDS


def regex(value: object) -> re.Pattern[str]:
    """Compile a regular expression."""
    if not isinstance(value, str):
        raise ValueError('not text')
    try:
        with warnings.catch_warnings():
            # "[[a]" may mean something else in a later Python; the operator
            # cannot do anything about it.
            warnings.simplefilter('ignore')
            return re.compile(value)
    except (re.error, RecursionError, OverflowError) as exc:
        raise ValueError(str(exc)) from exc


def tag(value: object) -> str | None:
    """Read a tag that Nova keeps as it is."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return None if value is None else str(value)


def placement_name(name: str) -> str:
    """Normalise the name of a resource class or a trait, as Nova does.

    A standard name comes out with ``CUSTOM_`` before it, which is enough to
    see whether a name is possible.
    """
    plain = _NO_PLACEMENT_NAME.sub('_', name.upper())
    return plain if plain.startswith('CUSTOM_') else f'CUSTOM_{plain}'


def is_placement_name(name: str) -> bool:
    """Whether Placement takes the normalised name."""
    return (bool(name.strip())
            and len(placement_name(name)) <= _MAX_PLACEMENT_NAME)


def is_device_class(name: str) -> bool:
    """Whether devices can have a resource class of this name."""
    return is_placement_name(name) and name.upper() not in _NOVAS_CLASSES


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value
