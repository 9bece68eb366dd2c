# SPDX-License-Identifier: Apache-2.0

"""An application on a port of this machine."""

import urllib.request

import pytest

from nova_pci_ext.quickstart import web


@pytest.mark.parametrize('threaded', [True, False])
def test_an_application_answers_between_enter_and_exit(threaded):
    def application(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [environ['PATH_INFO'].encode()]

    with web.WebServer(application, threaded=threaded) as server:
        with urllib.request.urlopen(f'{server.url}/a', timeout=10) as answer:
            assert answer.read() == b'/a'
    with pytest.raises(OSError):
        urllib.request.urlopen(server.url, timeout=10)
