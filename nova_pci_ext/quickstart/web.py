# SPDX-License-Identifier: Apache-2.0

"""WSGI applications on 127.0.0.1, each in a thread of this process."""

import socketserver
import threading
import types
from typing import Self
from wsgiref import simple_server
from wsgiref.types import WSGIApplication


class _QuietHandler(simple_server.WSGIRequestHandler):
    """Leave access logs to the applications."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class _ThreadedServer(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class WebServer:
    """One application on a port.

    :ivar url: ``http://127.0.0.1:PORT``, without a slash at the end
    """

    def __init__(self, application: WSGIApplication, *, port: int = 0,
                 threaded: bool = True) -> None:
        """Bind the port; the application answers once started.

        :param port: 0 for any that is free
        :param threaded: whether requests may run side by side; an
            application on SQLite without a lock of its own must not
        """
        self._server = simple_server.make_server(
            '127.0.0.1', port, application,
            server_class=(_ThreadedServer if threaded
                          else simple_server.WSGIServer),
            handler_class=_QuietHandler)
        self.url = f'http://127.0.0.1:{self._server.server_port}'
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={'poll_interval': 0.1},
            name=f'web {self.url}', daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 value: BaseException | None,
                 trace: types.TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
