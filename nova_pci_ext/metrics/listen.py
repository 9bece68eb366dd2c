# SPDX-License-Identifier: Apache-2.0

"""Serve the metrics of this process where ``[pci_ext] metrics_listen`` says.

A fault here costs the metrics of one process, never a service.
"""

import os
import ssl
import threading
from typing import Protocol

from oslo_log import log as logging

from nova_pci_ext.metrics import server
from nova_pci_ext.parsing.listen_address import ListenAddress

LOG = logging.getLogger(__name__)


class Options(Protocol):
    """The options that are read here, as ``[pci_ext]`` has them."""

    metrics_listen: ListenAddress | None
    metrics_tls_cert: str | None
    metrics_tls_key: str | None
    metrics_tls_client_ca: str | None


class _Served:
    """The process that has tried to listen already."""

    pid = 0


def serve_once(options: Options) -> None:
    """Listen, if the option is set and this process has not tried yet.

    The scheduler builds its filters before it forks its workers, and threads
    do not survive a fork, so each process starts its own when it has work.
    """
    if _Served.pid != os.getpid():
        _Served.pid = os.getpid()
        if options.metrics_listen is not None:
            serve(options.metrics_listen, options)


def serve(listen: ListenAddress, options: Options) -> int | None:
    """Listen on the first free port, and say which.

    :returns: the port, None if there is none; then the log says why
    """
    try:
        tls = _tls(options)
    except (OSError, ValueError) as exc:
        LOG.error('The TLS options of [pci_ext] metrics_listen cannot be '
                  'used: %s. This process has no metrics until they are '
                  'corrected and the service restarted', exc)
        return None
    if listen.open_to_all and not options.metrics_tls_client_ca:
        LOG.warning('[pci_ext] metrics_listen = %s: everybody who reaches '
                    'this host can read its PCI addresses and how busy they '
                    'are; give the address of the management network', listen)
    for port in listen.ports:
        try:
            serving = server.MetricsServer(listen.address, port, tls)
        except OSError as exc:
            fault = exc
            continue
        threading.Thread(target=serving.serve_forever, daemon=True,
                         name='pci-metrics').start()
        LOG.info('Metrics are served at %s port %d', listen.address,
                 serving.server_port)
        return int(serving.server_port)
    LOG.error('[pci_ext] metrics_listen = %s: no port to listen on (%s). '
              'This process has no metrics; free a port, or widen the range '
              'to one port for each process of this host', listen, fault)
    return None


def _tls(options: Options) -> ssl.SSLContext | None:
    """Return what encrypts; None for plain HTTP.

    :raises ValueError: for options that do not go together; nothing is served
        in plain text that was to be encrypted
    :raises OSError: for a file that cannot be used
    """
    cert, key = options.metrics_tls_cert, options.metrics_tls_key
    if cert and key:
        return server.tls_context(cert, key, options.metrics_tls_client_ca)
    if cert or key or options.metrics_tls_client_ca:
        raise ValueError('expected both metrics_tls_cert and metrics_tls_key')
    return None
