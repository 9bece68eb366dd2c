# SPDX-License-Identifier: Apache-2.0

"""What clients need beside Nova's API: identity, images and networks.

The command-line clients ask Keystone for a token and a catalog, Glance for
an image and Neutron for networks and ports.  Here one application answers
in their place: anybody is the one administrator, and images and networks
are those of the stand-ins that Nova itself is given.
"""

import functools
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.types import WSGIEnvironment

import routes
import webob
import webob.dec
import webob.exc
from keystoneauth1 import fixture
from oslo_serialization import jsonutils

from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import token

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
# What a client may change of a port: its binding is Nova's.
_WORDS = ('description', 'name')
# Method, path, and the method of the gateway that answers.
_ROUTES = (
    ('GET', '/identity', 'identity_version'),
    ('GET', '/identity/v3', 'identity_version'),
    ('POST', '/identity/v3/auth/tokens', 'create_token'),
    ('GET', '/image', 'image_versions'),
    ('GET', '/image/v2/images', 'list_images'),
    ('GET', '/image/v2/images/{name}', 'show_image'),
    ('GET', '/network', 'network_versions'),
    ('GET', '/network/v2.0/extensions{rest:.*}', 'list_extensions'),
    ('POST', '/network/v2.0/ports', 'create_port'),
    ('PUT', '/network/v2.0/ports/{name}', 'describe_port'),
    ('DELETE', '/network/v2.0/ports/{name}', 'delete_port'),
    ('GET', '/network/v2.0/{kind:networks|ports|subnets}', 'list'),
    ('GET', '/network/v2.0/{kind:networks|ports|subnets}/{name}', 'show'),
)
EXPIRES = '2038-01-01T00:00:00.000000Z'
ISSUED = '2014-01-01T00:00:00.000000Z'


class Gateway:
    """A WSGI application for identity, images and networks."""

    def __init__(self, stubs: stand_ins.StandIns, compute_url: str,
                 placement_url: str) -> None:
        self._network = stubs.network
        self._image = stubs.image
        self._services = {'compute': compute_url,
                          'placement': placement_url}
        self._routes = routes.Mapper(register=False)
        for method, path, action in _ROUTES:
            self._routes.connect(path, action=action,
                                 conditions={'method': [method]})

    def __call__(self, environ: WSGIEnvironment,
                 start_response: StartResponse) -> Iterable[bytes]:
        answered: Iterable[bytes] = webob.dec.wsgify(self._answer)(
            environ, start_response)
        return answered

    def _answer(self, request: webob.Request) -> webob.Response:
        found = self._routes.match(_path(request), request.environ)
        if found is None:
            return _nothing()
        answer = getattr(self, f'_{found.pop("action")}')(request, **found)
        answer.headers['X-Subject-Token'] = token.TOKEN
        return answer

    # Identity

    def _identity_version(self, request: webob.Request) -> webob.Response:
        return _json({'version': _version(
            request, 'v3.14', 'stable', 'identity/v3/')})

    def _create_token(self, request: webob.Request) -> webob.Response:
        _body(request)
        found = fixture.V3Token(
            expires=EXPIRES, issued=ISSUED, methods=['password'],
            user_id=token.USER_ID, user_name='admin',
            user_domain_id='default', user_domain_name='Default',
            project_id=token.PROJECT_ID, project_name='quickstart',
            project_domain_id='default', project_domain_name='Default')
        found.add_role(id='admin', name='admin')
        for kind, url in {
                **self._services,
                'identity': f'{request.host_url}/identity/v3',
                'image': f'{request.host_url}/image',
                'network': f'{request.host_url}/network'}.items():
            found.add_service(kind, name=kind).add_standard_endpoints(
                public=url, internal=url, admin=url, region='RegionOne')
        return _json(found, 201)

    # Images

    def _image_versions(self, request: webob.Request) -> webob.Response:
        return _json({'versions': [_version(
            request, 'v2.9', 'CURRENT', 'image/v2/')]})

    def _list_images(self, request: webob.Request) -> webob.Response:
        name = request.GET.get('name')
        return _json({'images': [
            _plain_image(each) for each in self._image.images.values()
            if name in (None, each['name'])]})

    def _show_image(self, request: webob.Request,
                    name: str) -> webob.Response:
        image = self._image.images.get(name)
        return _json(_plain_image(image)) if image else _nothing()

    # Networks

    def _network_versions(self, request: webob.Request) -> webob.Response:
        return _json({'versions': [_version(
            request, 'v2.0', 'CURRENT', 'network/v2.0/')]})

    def _list_extensions(self, request: webob.Request,
                         rest: str) -> webob.Response:
        return _json({'extensions': []})

    def _list(self, request: webob.Request, kind: str) -> webob.Response:
        return _json({kind: [
            each for each in self._known(kind).values()
            if all(str(each.get(key)) == value
                   for key, value in request.GET.items() if key in each)]})

    def _show(self, request: webob.Request, kind: str,
              name: str) -> webob.Response:
        found = self._known(kind).get(name)
        return (_json({kind.removesuffix('s'): found}) if found
                else _nothing())

    def _known(self, kind: str) -> dict[str, Any]:
        # Only ports look different to those who are not administrators.
        lists = {'networks': self._network.list_networks,
                 'ports': functools.partial(self._network.list_ports, True),
                 'subnets': self._network.list_subnets}
        return {each['id']: each for each in lists[kind]()[kind]}

    def _create_port(self, request: webob.Request) -> webob.Response:
        asked = _body(request)
        port = asked.get('port')
        if not isinstance(port, dict):
            raise _refused(400, 'expected a port')
        for name, value in port.items():
            known = _PORT_TYPES.get(name)
            if name == 'id' or (known and not isinstance(value, known)):
                raise _refused(400, f'port.{name}: not what Neutron takes')
        if 'network_id' not in port:
            raise _refused(400, 'port.network_id: missing')
        if port['network_id'] not in self._known('networks'):
            raise _refused(404, 'there is no such network')
        return _json(self._network.create_port(asked), 201)

    def _describe_port(self, request: webob.Request,
                       name: str) -> webob.Response:
        asked = _body(request).get('port')
        if not isinstance(asked, dict):
            raise _refused(400, 'expected a port')
        for key, value in asked.items():
            if key not in _WORDS or not isinstance(value, str):
                raise _refused(400, f'port.{key}: expected one of '
                                    f'{", ".join(_WORDS)} as text')
        if name not in self._known('ports'):
            return _nothing()
        return _json(self._network.update_port(name, {'port': asked}))

    def _delete_port(self, request: webob.Request,
                     name: str) -> webob.Response:
        if name not in self._known('ports'):
            return _nothing()
        self._network.delete_port(name)
        return webob.Response(status=204)


def _path(request: webob.Request) -> str:
    """Return the path of a request, whatever its bytes are."""
    path: str = request.environ['PATH_INFO']
    return path.rstrip('/')


def _version(request: webob.Request, name: str, status: str,
             path: str) -> dict[str, Any]:
    return {'id': name, 'status': status, 'links': [
        {'rel': 'self', 'href': f'{request.host_url}/{path}'}]}


def _body(request: webob.Request) -> dict[str, Any]:
    """Return the JSON object that a request brings.

    :raises HTTPException: for anything else
    """
    length = request.environ.get('CONTENT_LENGTH') or '0'
    if not (length.isascii() and length.isdigit()):
        raise _refused(400, 'Content-Length: expected a number')
    if len(length) > len(str(_LONGEST)) or int(length) > _LONGEST:
        raise _refused(413, f'expected at most {_LONGEST} bytes')
    try:
        body = request.json_body
    except (ValueError, RecursionError):
        raise _refused(400, 'expected JSON') from None
    if not isinstance(body, dict):
        raise _refused(400, 'expected a JSON object')
    return body


def _refused(status: int, message: str) -> webob.exc.HTTPException:
    return webob.exc.status_map[status](json={'message': message})


def _nothing() -> webob.Response:
    return _json({'message': 'there is no such thing'}, 404)


def _json(content: Mapping[str, Any], status: int = 200) -> webob.Response:
    """Return an answer; times are written as text."""
    return webob.Response(status=status, content_type='application/json',
                          body=jsonutils.dump_as_bytes(content))


def _plain_image(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image as Glance's second API shows it."""
    kept = ('id', 'name', 'status', 'container_format', 'disk_format',
            'size', 'min_ram', 'min_disk', 'protected', 'visibility',
            'tags', 'created_at', 'updated_at')
    return {key: image[key] for key in kept if key in image}
