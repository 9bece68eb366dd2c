# SPDX-License-Identifier: Apache-2.0

"""Serve the metrics of this process where ``[pci_ext] metrics_listen`` says.

A fault here costs the metrics of one process, never a service.
"""

import os

import prometheus_client
from oslo_log import log as logging

from nova_pci_ext.metrics import record
from nova_pci_ext.parsing import listen_address

LOG = logging.getLogger(__name__)


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
        listen = listen_address.parse_listen(text)
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
