# SPDX-License-Identifier: Apache-2.0

"""Which texts of a port may reach the host and the guest's XML."""

import re
import unicodedata

# libvirt takes 40 bytes with the closing zero (IFLA_VF_PORT_PROFILE).
MAX_PROFILEID = 39
# The kernel takes 108 with the closing zero (sockaddr_un).
MAX_SOCKET = 107
_MAC = re.compile('[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}')
# Control characters and halves of surrogate pairs.
_UNPRINTED = frozenset({'Cc', 'Cs'})
_NOT_XML = frozenset('\ufffe\uffff')


def is_plain(text: str) -> bool:
    """Whether XML and a C string can hold a text."""
    return not any(unicodedata.category(char) in _UNPRINTED
                   or char in _NOT_XML for char in text)


def is_mac(text: str) -> bool:
    """Whether a text is a MAC address as Neutron writes them."""
    return _MAC.fullmatch(text) is not None


def is_interface(text: str) -> bool:
    """Whether the kernel would let an interface have this name."""
    return (is_plain(text) and text not in ('', '.', '..')
            and not any(char == '/' or char.isspace() for char in text))


def is_path(text: str) -> bool:
    """Whether a text is an absolute path."""
    return is_plain(text) and text.startswith('/')


def is_short(path: str) -> bool:
    """Whether the kernel can take a path as that of a socket."""
    return len(path.encode()) <= MAX_SOCKET


def stays_inside(path: str) -> bool:
    """Whether a path never goes up again."""
    return '..' not in path.split('/')


def is_profileid(text: str) -> bool:
    """Whether libvirt can hand a port profile to the card whole."""
    return is_plain(text) and 1 <= len(text.encode()) <= MAX_PROFILEID
