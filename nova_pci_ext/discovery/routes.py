# SPDX-License-Identifier: Apache-2.0

"""The routes of the host."""

import dataclasses
import ipaddress
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.discovery.kernel_files import Root

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Of include/uapi/linux/route.h and ipv6_route.h.
_UP, _REJECT, _LOCAL = 0x1, 0x200, 0x80000000
_LOOPBACK = 'lo'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route.

    :ivar interface: name
    :ivar network: what it leads to; all addresses for the default route
    """

    interface: str
    network: Network

    @property
    def is_default(self) -> bool:
        """Whether it leads everywhere."""
        return self.network.prefixlen == 0


def read(files: Root) -> tuple[Route, ...]:
    """Read the routes of the main table that lead out of the host."""
    return tuple(
        route for route in (*_ipv4(files), *_ipv6(files))
        if route.interface != _LOOPBACK
        and not (route.network.is_link_local or route.network.is_multicast
                 or route.network.is_loopback))


def find(routes: Iterable[Route], address: str) -> Route | None:
    """Find the route to an address; None where there is none."""
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError:
        return None
    return max((route for route in routes if wanted in route.network),
               key=lambda route: route.network.prefixlen, default=None)


def _ipv4(files: Root) -> Iterator[Route]:
    """Read addresses that are printed as numbers of a little-endian CPU."""
    for line in files.lines(files.path, 'proc/net/route')[1:]:
        fields = line.split()
        try:
            address, mask = (ipaddress.IPv4Address(
                bytes.fromhex(fields[index])[::-1]) for index in (1, 7))
            flags = int(fields[3], 16)
            network = ipaddress.ip_network(f'{address}/{mask}', strict=False)
        except (ValueError, IndexError):
            continue
        if flags & _UP and not flags & _REJECT:
            yield Route(interface=fields[0], network=network)


def _ipv6(files: Root) -> Iterator[Route]:
    for line in files.lines(files.path, 'proc/net/ipv6_route'):
        fields = line.split()
        try:
            network = ipaddress.ip_network(
                (bytes.fromhex(fields[0]), int(fields[1], 16)), strict=False)
            flags, name = int(fields[8], 16), fields[9]
        except (ValueError, IndexError):
            continue
        if flags & _UP and not flags & (_REJECT | _LOCAL):
            yield Route(interface=name, network=network)
