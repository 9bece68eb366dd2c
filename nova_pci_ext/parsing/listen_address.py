# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] metrics_listen``: an address and a port, or a range of ports.
"""

import dataclasses
import ipaddress
import re

# ADDRESS:PORT or ADDRESS:FIRST-LAST; an IPv6 address stands in brackets.
_LISTEN = re.compile(
    r'(?P<address>[0-9.]+|\[[0-9A-Fa-f:.]+\])'
    r':(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?')
_FORM = ('expected an IP address and a port or a range of ports, such as '
         '"127.0.0.1:9901" or "[::1]:9901-9908"')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to listen: the first of these ports that is free.

    :ivar address: IPv4, or IPv6 without brackets
    """

    address: str
    ports: range

    @property
    def open_to_all(self) -> bool:
        """Whether every network of the host reaches it."""
        return ipaddress.ip_address(self.address).is_unspecified


def parse_listen(text: str) -> Listen:
    """Read the value of the option.

    :raises ValueError: which says what is wrong and what was expected
    """
    match = _LISTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'cannot be "{text}"; {_FORM}')
    address = match['address'].strip('[]')
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f'"{address}" is no IP address; {_FORM}') from None
    first = int(match['first'])
    last = int(match['last'] or first)
    if not first <= last <= 65535:
        raise ValueError(f'ports {first} to {last} are none; {_FORM}')
    return Listen(address=address, ports=range(first, last + 1))
