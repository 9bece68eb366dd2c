# SPDX-License-Identifier: Apache-2.0

"""Bad requests to the gateway of ``--keep``: a 4xx, and no traceback."""

import json
import re
import socket

import pytest

from nova_pci_ext.quickstart import gateway
from nova_pci_ext.quickstart import neutron
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import web

pytestmark = pytest.mark.nova

NETWORK = neutron.network_uuid('physnet1')
PORTS = '/network/v2.0/ports'
TOKENS = '/identity/v3/auth/tokens'


@pytest.fixture(scope='module')
def served():
    stubs = stand_ins.StandIns(['physnet1'])
    with stubs:
        application = gateway.Gateway(stubs, 'http://c', 'http://p')
        with web.WebServer(application) as server:
            yield int(server.url.rpartition(':')[2])


@pytest.fixture
def ask(served):
    """Send bytes; return the status and the message."""
    def send(head, body=b''):
        with socket.create_connection(('127.0.0.1', served),
                                      timeout=10) as connection:
            connection.sendall(head.encode('latin-1') + b'\r\n\r\n' + body)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile('rb') as file:
                answer = file.read()
        status, _, content = answer.partition(b'\r\n\r\n')
        # What names no version of HTTP is answered with a page alone.
        bare = re.search(rb'Error code: (\d+)', answer)
        if bare and not answer.startswith(b'HTTP/'):
            return int(bare[1]), answer
        return int(status.split()[1]), content

    return send


def post(path, body, length=None, method='POST'):
    return (f'{method} {path} HTTP/1.0\r\n'
            'Content-Type: application/json\r\n'
            f'Content-Length: {len(body) if length is None else length}',
            body)


def port(**more):
    return post(PORTS, json.dumps({'port': {
        'network_id': NETWORK, **more}}).encode())


@pytest.mark.parametrize(('request_', 'status', 'message'), [
    pytest.param(post(TOKENS, b'{'), 400, 'expected JSON', id='no JSON'),
    pytest.param(post(TOKENS, b'\xff'), 400, 'expected JSON', id='no text'),
    pytest.param(post(TOKENS, b'[' * 200000), 400, 'expected JSON',
                 id='deep JSON'),
    pytest.param(post(TOKENS, b''), 400, 'expected JSON', id='nothing'),
    pytest.param(post(TOKENS, b'[]'), 400, 'expected a JSON object',
                 id='a list'),
    pytest.param(post(TOKENS, b'{}', 'x'), 400,
                 'Content-Length: expected a number', id='no length'),
    pytest.param(post(TOKENS, b'{}', '-1'), 400,
                 'Content-Length: expected a number', id='negative length'),
    pytest.param(post(TOKENS, b'{}', '9' * 30), 413,
                 'expected at most 1048576 bytes', id='a huge length'),
    pytest.param(post(PORTS, b'{}'), 400, 'expected a port', id='no port'),
    pytest.param(post(PORTS, b'{"port": []}'), 400, 'expected a port',
                 id='a port that is a list'),
    pytest.param(post(PORTS, b'{"port": {}}'), 400,
                 'port.network_id: missing', id='no network'),
    pytest.param(port(network_id='x'), 404, 'there is no such network',
                 id='an unknown network'),
    pytest.param(port(network_id=[]), 400,
                 'port.network_id: not what Neutron takes',
                 id='a network that is a list'),
    pytest.param(port(id=[]), 400, 'port.id: not what Neutron takes',
                 id='an id of its own'),
    *(pytest.param(port(**{name: 1.5}), 400,
                   f'port.{name}: not what Neutron takes', id=name)
      for name in sorted(gateway._PORT_TYPES)),
    *(pytest.param(post(f'{PORTS}/x', body, method='PUT'), status, message,
                   id=f'a change: {message}') for body, status, message in (
        (b'{}', 400, 'expected a port'),
        (b'{"port": {"description": 1}}', 400, 'port.description: expected '
         'one of description, name as text'),
        (b'{"port": {"binding:host_id": "h"}}', 400, 'port.binding:host_id: '
         'expected one of description, name as text'),
        (b'{"port": {"name": "n"}}', 404, 'there is no such thing'))),
    pytest.param((f'DELETE {PORTS}/x HTTP/1.0', b''), 404,
                 'there is no such thing', id='a port that is not there'),
    pytest.param(('GET /%ff%00/x?%ff=%00&a HTTP/1.0', b''), 404,
                 'there is no such thing', id='a path of noise'),
    pytest.param(('PATCH /network HTTP/1.0', b''), 404,
                 'there is no such thing', id='another method'),
])
def test_a_bad_request_is_a_4xx(ask, capfd, request_, status, message):
    found, content = ask(*request_)
    assert (found, json.loads(content)) == (status, {'message': message})
    assert capfd.readouterr().err == ''


def test_a_good_request_is_served(ask):
    status, content = ask(*port(name='p', **{'binding:vnic_type': 'direct'}))
    assert status == 201
    assert json.loads(content)['port']['network_id'] == NETWORK
    made = json.loads(content)['port']
    status, content = ask(*post(
        f'{PORTS}/{made["id"]}', b'{"port": {"description": "d"}}',
        method='PUT'))
    assert (status, json.loads(content)['port']['description']) == (200, 'd')
    status, _ = ask(*post(TOKENS, b'{}'))
    assert status == 201


def test_what_is_no_http_is_a_4xx(ask, capfd):
    for head in ('\x16\x03\x01', 'GET', 'GET / HTTP/x', 'x' * 70000):
        with_status = ask(head)
        assert 400 <= with_status[0] < 500
    assert capfd.readouterr().err == ''


def test_images_and_networks_are_listed(ask):
    """Images have times, which JSON does not know."""
    for path, kind in (('/image/v2/images', 'images'),
                       ('/network/v2.0/networks', 'networks')):
        status, content = ask(f'GET {path} HTTP/1.0')
        first, *_ = json.loads(content)[kind]
        assert status == 200
        status, content = ask(f'GET {path}/{first["id"]} HTTP/1.0')
        assert status == 200
        shown = json.loads(content)
        assert shown.get(kind.removesuffix('s'), shown) == first
