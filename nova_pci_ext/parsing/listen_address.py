# SPDX-License-Identifier: Apache-2.0

"""Where to listen: an address, and the first of some ports that is free."""

import dataclasses
import ipaddress
import re

# ADDRESS:PORT or ADDRESS:FIRST-LAST; an IPv6 address stands in brackets.
_LISTEN = re.compile(
    r'(?P<address>[0-9.]+|\[[0-9A-Fa-f:.]+\])'
    r':(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?')
_BROADCAST = '255.255.255.255'
_FORM = ('expected an IP address and a port or a range of ports, such as '
         '127.0.0.1:9901 or [::1]:9901-9908')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where to listen: the first of these ports that is free.

    :ivar address: IPv4, or IPv6 without brackets
    """

    address: str
    ports: range

    def __str__(self) -> str:
        address = f'[{self.address}]' if ':' in self.address else self.address
        first, last = self.ports[0], self.ports[-1]
        return (f'{address}:{first}' if first == last
                else f'{address}:{first}-{last}')

    @property
    def open_to_all(self) -> bool:
        """Whether every network of the host reaches it."""
        return ipaddress.ip_address(self.address).is_unspecified


def parse_listen_address(text: str) -> ListenAddress:
    """Read ``ADDRESS:PORT`` or ``ADDRESS:FIRST-LAST``.

    :raises ValueError: which says what is wrong and what was expected
    """
    match = _LISTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'cannot be {text!r}; {_FORM}')
    address = match['address'].strip('[]')
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f'{address!r} is not an IP address; {_FORM}'
                         ) from None
    parsed = ipaddress.ip_address(address)
    if parsed.is_multicast or str(parsed) == _BROADCAST:
        raise ValueError(f'{address!r} is not the address of a host; {_FORM}')
    first = int(match['first'])
    last = int(match['last'] or first)
    if not first <= last <= 65535:
        raise ValueError(f'there are no ports {first} to {last}; {_FORM}')
    return ListenAddress(address=address, ports=range(first, last + 1))
