# SPDX-License-Identifier: Apache-2.0

"""What clients need beside Nova's API: identity, images and networks.

The command-line clients ask Keystone for a token and a catalog, Glance for
an image and Neutron for networks and ports.  Here one application answers
in their place: anybody is the one administrator, and images and networks
are those of the stand-ins that Nova itself is given.
"""

import functools
import json
import re
import urllib.parse
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.types import WSGIEnvironment

from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import token

Answer = tuple[str, Any]
NOT_FOUND: Answer = ('404 Not Found', {'message': 'there is no such thing'})
# No request of a client is nearly so long.
_LONGEST = 1 << 20
# What Neutron takes for these attributes of a port.
_PORT_TYPES: dict[str, type | tuple[type, ...]] = {
    'network_id': str, 'name': str, 'description': str,
    'device_id': str, 'device_owner': str, 'mac_address': str,
    'tenant_id': str, 'project_id': str, 'binding:vnic_type': str,
    'binding:host_id': (str, type(None)), 'admin_state_up': bool,
    'port_security_enabled': bool, 'binding:profile': (dict, type(None)),
    'fixed_ips': list, 'security_groups': list}
EXPIRES = '2038-01-01T00:00:00.000000Z'


class Refused(Exception):
    """A request that this application does not take.

    :ivar answer: what the client gets
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = (status, {'message': message})


class Gateway:
    """A WSGI application for identity, images and networks."""

    def __init__(self, stubs: stand_ins.StandIns, compute_url: str,
                 placement_url: str) -> None:
        self._network = stubs.network
        self._image = stubs.image
        self._services = {'compute': compute_url,
                          'placement': placement_url}
        self._routes: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
            ('GET', '/identity(?:/v3)?', self._identity_version),
            ('POST', '/identity/v3/auth/tokens', self._create_token),
            ('GET', '/image', self._image_versions),
            ('GET', '/image/v2/images', self._list_images),
            ('GET', '/image/v2/images/([^/]+)', self._show_image),
            ('GET', '/network', self._network_versions),
            ('GET', '/network/v2.0/extensions.*', self._list_extensions),
            ('POST', '/network/v2.0/ports', self._create_port),
            ('DELETE', '/network/v2.0/ports/([^/]+)', self._delete_port),
            ('GET', '/network/v2.0/(networks|ports|subnets)', self._list),
            ('GET', '/network/v2.0/(networks|ports|subnets)/([^/]+)',
             self._show),
        )

    def __call__(self, environ: WSGIEnvironment,
                 start_response: StartResponse) -> Iterable[bytes]:
        self._base = 'http://' + environ.get('HTTP_HOST', (
            f'{environ["SERVER_NAME"]}:{environ["SERVER_PORT"]}'))
        try:
            status, content = self._answer(environ)
        except Refused as exc:
            status, content = exc.answer
        body = json.dumps(content, default=str).encode()
        start_response(status, [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(body))),
            ('X-Subject-Token', token.TOKEN)])
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        path = environ['PATH_INFO'].rstrip('/')
        for method, pattern, handler in self._routes:
            found = re.fullmatch(pattern, path)
            if found is None or method != environ['REQUEST_METHOD']:
                continue
            return handler(*found.groups(), _asked(environ))
        return NOT_FOUND

    # Identity

    def _identity_version(self, asked: Any) -> Answer:
        return '200 OK', {'version': self._version(
            'v3.14', 'stable', '/identity/v3/')}

    def _create_token(self, asked: Any) -> Answer:
        urls = {**self._services, 'identity': f'{self._base}/identity/v3',
                'image': f'{self._base}/image',
                'network': f'{self._base}/network'}
        domain = {'id': 'default', 'name': 'Default'}
        return '201 Created', {'token': {
            'methods': ['password'], 'expires_at': EXPIRES,
            'issued_at': '2014-01-01T00:00:00.000000Z',
            'user': {'id': token.USER_ID, 'name': 'admin', 'domain': domain},
            'project': {'id': token.PROJECT_ID, 'name': 'quickstart',
                        'domain': domain},
            'roles': [{'id': 'admin', 'name': 'admin'}],
            'catalog': [{
                'id': kind, 'type': kind, 'name': kind, 'endpoints': [
                    {'id': f'{kind}-{interface}', 'interface': interface,
                     'region': 'RegionOne', 'region_id': 'RegionOne',
                     'url': url}
                    for interface in ('public', 'internal', 'admin')]}
                for kind, url in urls.items()]}}

    def _version(self, name: str, status: str, path: str) -> dict[str, Any]:
        return {'id': name, 'status': status, 'links': [
            {'rel': 'self', 'href': f'{self._base}{path}'}]}

    # Images

    def _image_versions(self, asked: Any) -> Answer:
        return '200 OK', {'versions': [self._version(
            'v2.9', 'CURRENT', '/image/v2/')]}

    def _list_images(self, asked: Any) -> Answer:
        return '200 OK', {'images': [
            _plain_image(each) for each in self._image.images.values()
            if asked.get('name') in (None, each['name'])]}

    def _show_image(self, image_id: str, asked: Any) -> Answer:
        image = self._image.images.get(image_id)
        return ('200 OK', _plain_image(image)) if image else NOT_FOUND

    # Networks

    def _network_versions(self, asked: Any) -> Answer:
        return '200 OK', {'versions': [self._version(
            'v2.0', 'CURRENT', '/network/v2.0/')]}

    def _list_extensions(self, asked: Any) -> Answer:
        return '200 OK', {'extensions': []}

    def _list(self, kind: str, asked: Any) -> Answer:
        return '200 OK', {kind: [
            each for each in self._known(kind).values()
            if all(str(each.get(key)) == value
                   for key, value in asked.items() if key in each)]}

    def _show(self, kind: str, name: str, asked: Any) -> Answer:
        found = self._known(kind).get(name)
        return ('200 OK', {kind.removesuffix('s'): found}
                ) if found else NOT_FOUND

    def _known(self, kind: str) -> dict[str, Any]:
        # Only ports look different to those who are not administrators.
        lists = {'networks': self._network.list_networks,
                 'ports': functools.partial(self._network.list_ports, True),
                 'subnets': self._network.list_subnets}
        return {each['id']: each for each in lists[kind]()[kind]}

    def _create_port(self, asked: Any) -> Answer:
        port = asked.get('port')
        if not isinstance(port, dict):
            raise _bad('expected a port')
        for name, value in port.items():
            known = _PORT_TYPES.get(name)
            if name == 'id' or (known and not isinstance(value, known)):
                raise _bad(f'port.{name}: not what Neutron takes')
        if 'network_id' not in port:
            raise _bad('port.network_id: missing')
        if port['network_id'] not in self._known('networks'):
            raise Refused('404 Not Found', 'there is no such network')
        return '201 Created', self._network.create_port(asked)

    def _delete_port(self, port_id: str, asked: Any) -> Answer:
        if port_id not in self._known('ports'):
            return NOT_FOUND
        self._network.delete_port(port_id)
        return '204 No Content', {}


def _asked(environ: WSGIEnvironment) -> dict[str, Any]:
    """Return the body of a POST, the query of any other request."""
    if environ['REQUEST_METHOD'] == 'POST':
        return _body(environ)
    return dict(urllib.parse.parse_qsl(environ.get('QUERY_STRING', '')))


def _body(environ: WSGIEnvironment) -> dict[str, Any]:
    """Return the JSON object that a request brings.

    :raises Refused: for anything else
    """
    length = environ.get('CONTENT_LENGTH') or '0'
    if not (length.isascii() and length.isdigit()):
        raise _bad('Content-Length: expected a number')
    if len(length) > len(str(_LONGEST)) or int(length) > _LONGEST:
        raise Refused('413 Content Too Large',
                      f'expected at most {_LONGEST} bytes')
    try:
        body = json.loads(environ['wsgi.input'].read(int(length)))
    except (ValueError, RecursionError):
        raise _bad('expected JSON') from None
    if not isinstance(body, dict):
        raise _bad('expected a JSON object')
    return body


def _bad(message: str) -> Refused:
    return Refused('400 Bad Request', message)


def _plain_image(image: dict[str, Any]) -> dict[str, Any]:
    """Return an image as Glance's second API shows it."""
    kept = ('id', 'name', 'status', 'container_format', 'disk_format',
            'size', 'min_ram', 'min_disk', 'protected', 'visibility',
            'tags', 'created_at', 'updated_at')
    return {key: image[key] for key in kept if key in image}
