# SPDX-License-Identifier: Apache-2.0

"""A web server for metrics that nobody can use up.

It lives in a service that has better things to do. So it has a few
connections and no more: whoever comes when all are taken has the place of the
oldest, which is not a scrape, for those take milliseconds. One that says
nothing for a while is closed, and a handshake of TLS holds nobody up.
"""

import contextlib
import socket
import socketserver
import ssl
import threading
from typing import Any
from wsgiref import simple_server

import prometheus_client

from nova_pci_ext.metrics import record

MOST_CONNECTIONS = 32
#: Seconds without a byte until a connection is closed.
TIMEOUT_S = 5


class _Handler(simple_server.WSGIRequestHandler):
    timeout = TIMEOUT_S

    def log_message(self, format: str, *args: Any) -> None:
        pass


class MetricsServer(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """Serves the registry, each connection in a thread."""

    daemon_threads = True
    # The kernel's queue of those that are not accepted yet.
    request_queue_size = 128

    def __init__(self, address: str, port: int,
                 tls: ssl.SSLContext | None = None) -> None:
        """Bind the port.

        :param address: IPv4, or IPv6 without brackets
        :param tls: to encrypt; None for plain HTTP
        :raises OSError: if the port is taken, or the address is not here
        """
        self.address_family = (socket.AF_INET6 if ':' in address
                               else socket.AF_INET)
        self._tls = tls
        self._guard = threading.Lock()
        # The oldest first.
        self._open: dict[socket.socket, None] = {}
        super().__init__((address, port), _Handler)
        self.set_app(prometheus_client.make_wsgi_app(record.REGISTRY))

    def server_bind(self) -> None:
        """Bind without asking the DNS for the name of the address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name = str(self.server_address[0])
        self.server_port = self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a place, the oldest one's if all are taken."""
        request.settimeout(TIMEOUT_S)
        with self._guard:
            if len(self._open) >= MOST_CONNECTIONS:
                oldest = next(iter(self._open))
                del self._open[oldest]
                _shut(oldest)
            self._open[request] = None
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer; with TLS the handshake is made here, in the thread."""
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(
                request.dup(), server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away or was too slow."""


def _shut(connection: socket.socket) -> None:
    """Wake the thread of a connection; it closes the socket."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def tls_context(cert: str, key: str, client_ca: str | None) -> ssl.SSLContext:
    """Return what encrypts.

    :param cert: file with the certificate, and those of authorities below
        the root
    :param key: file with its private key
    :param client_ca: file or folder with the authorities of clients; with
        one only their clients are served
    :raises OSError: if a file cannot be read, or is not what it should be
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context
