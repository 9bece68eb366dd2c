# SPDX-License-Identifier: Apache-2.0

"""Serve the metrics of this process where ``[pci_ext] metrics_listen`` says.

A fault here costs the metrics of one process, never a service.
"""

import dataclasses
import ipaddress
import os
import re

import prometheus_client
from oslo_log import log as logging

from nova_pci_ext.metrics import record

LOG = logging.getLogger(__name__)

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


class _Served:
    """The process that has tried to listen already."""

    pid = 0


def serve_once(text: str | None) -> None:
    """Listen, if the option is set and this process has not tried yet.

    The scheduler builds its filters before it forks its workers, and threads
    do not survive a fork, so each process starts its own when it has work.

    :param text: value of ``[pci_ext] metrics_listen``
    """
    if _Served.pid != os.getpid():
        _Served.pid = os.getpid()
        if text:
            serve(text)


def serve(text: str) -> int | None:
    """Listen on the first free port, and say which.

    :param text: value of the option
    :returns: the port, None if there is none; then the log says why
    """
    try:
        listen = parse_listen(text)
    except ValueError as exc:
        LOG.error('[pci_ext] metrics_listen %s. This process has no metrics '
                  'until it is corrected and the service restarted', exc)
        return None
    if listen.open_to_all:
        LOG.warning('[pci_ext] metrics_listen = %s: everybody who reaches '
                    'this host can read its PCI addresses and how busy they '
                    'are; give the address of the management network', text)
    for port in listen.ports:
        try:
            server, _ = prometheus_client.start_http_server(
                port, listen.address, record.REGISTRY)
        except OSError as exc:
            fault = exc
            continue
        LOG.info('Metrics are served at %s port %d', listen.address,
                 server.server_port)
        return int(server.server_port)
    LOG.error('[pci_ext] metrics_listen = %s: no port to listen on (%s). '
              'This process has no metrics; free a port, or widen the range '
              'to one port for each process of this host', text, fault)
    return None
