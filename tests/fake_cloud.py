# SPDX-License-Identifier: Apache-2.0

"""The HTTP edge of a cloud, as the command line clients meet it.

Keystone's answers are keystoneauth's own fixtures; those of the other
services are what they need to say for a server to be made and deleted.
"""

import json
from urllib import parse

import requests
from keystoneauth1 import fixture

AUTH = 'http://keystone.example/v3'
NOVA = 'http://nova.example/v2.1'
NEUTRON = 'http://neutron.example'
GLANCE = 'http://glance.example'
NETWORK = '11111111-1111-1111-1111-111111111111'
IMAGE = '22222222-2222-2222-2222-222222222222'
FLAVOR = '33333333-3333-3333-3333-333333333333'
SERVER = '44444444-4444-4444-4444-444444444444'
GROUP = '55555555-5555-5555-5555-555555555555'
PROJECT = '66666666666666666666666666666666'
ENVIRONMENT = {
    'OS_AUTH_URL': AUTH, 'OS_USERNAME': 'demo', 'OS_PASSWORD': 'secret',
    'OS_PROJECT_NAME': 'demo', 'OS_PROJECT_DOMAIN_ID': 'default',
    'OS_USER_DOMAIN_ID': 'default', 'OS_IDENTITY_API_VERSION': '3',
    'OS_COMPUTE_API_VERSION': '2.67'}
REFUSAL = {'forbidden': {'code': 403, 'message': 'Quota exceeded'}}


def matching(request, resources):
    """The resources whose attributes are as a query says."""
    query = dict(parse.parse_qsl(parse.urlsplit(request.url).query))
    return [resource for resource in resources
            if query.items() <= resource.items()]


class FakeCloud:
    """Answers requests, and keeps what was asked of Neutron and Nova.

    :param mocker: a mocker of requests_mock
    :ivar ports: what Neutron has, by id
    :ivar groups: security groups
    :ivar answer_to_server: status and text for a server that was made
    :ivar loses_ports: whether no answer comes for a port that was made
    :ivar when_gone: called when a server is read that is gone
    :ivar before_deletion: called once when a port is to be deleted
    :ivar changes: (method, path, body) of each change, in order
    """

    def __init__(self, mocker, refuses=False):
        self.ports, self.changes = {}, []
        self.servers = {}
        self.answer_to_server, self.loses_ports = None, False
        self.when_gone = self.before_deletion = lambda: None
        self.groups = [{'id': GROUP, 'name': 'web', 'project_id': PROJECT}]
        self._mocker, self._refuses = mocker, refuses
        self._serve_keystone()
        self._serve_nova()
        self._serve_neutron()
        self._answer('GET', f'{GLANCE}/', {'versions': [{
            'id': 'v2.9', 'status': 'CURRENT',
            'links': [{'rel': 'self', 'href': f'{GLANCE}/v2/'}]}]})
        self._answer('GET', f'{GLANCE}/v2/images/cirros', {}, status=404)
        for path in ('/v2/images', '/v2/images?name=cirros'):
            self._answer('GET', GLANCE + path, {'images': [
                {'id': IMAGE, 'name': 'cirros', 'status': 'active'}]})
        self._answer('GET', f'{GLANCE}/v2/images/{IMAGE}',
                     {'id': IMAGE, 'name': 'cirros', 'status': 'active'})

    def add_server(self, name):
        """Add a running server."""
        self.servers[SERVER] = {
            'id': SERVER, 'name': name, 'status': 'ACTIVE',
            'image': {'id': IMAGE}, 'flavor': {
                'original_name': 'm1.large', 'extra_specs': {}},
            'addresses': {}, 'metadata': {}, 'links': []}
        return self.servers[SERVER]

    def add_locked_server(self, server):
        """Add a server that Nova does not delete."""
        url = f'{NOVA}/servers/{server}'
        self._answer('GET', url, {'server': {
            'id': server, 'name': 'locked', 'links': []}})
        self._answer('DELETE', url, {'conflictingRequest': {
            'code': 409, 'message': 'locked'}}, status=409)

    def add_port(self, name):
        """Add a port that somebody has made."""
        port = {'id': 'port-1', 'name': name, 'device_id': '',
                'description': ''}
        self.ports[port['id']] = port
        self._answer('GET', f'{NEUTRON}/v2.0/ports/{name}', {'port': port})

    def _answer(self, method, url, answer, status=200):
        if not callable(answer):
            self._mocker.register_uri(method, url, json=answer,
                                      status_code=status)
            return
        self._mocker.register_uri(method, url, json=answer)

    def _serve_keystone(self):
        token = fixture.V3Token(project_id=PROJECT, project_name='demo')
        for kind, name, url in (('compute', 'nova', NOVA),
                                ('network', 'neutron', NEUTRON),
                                ('image', 'glance', GLANCE)):
            token.add_service(kind, name).add_standard_endpoints(
                public=url, region='RegionOne')
        self._answer('GET', AUTH, {
            'version': fixture.V3Discovery(AUTH)})
        self._mocker.register_uri(
            'POST', f'{AUTH}/auth/tokens', json=token, status_code=201,
            headers={'X-Subject-Token': 'token'})

    def _serve_nova(self):
        version = {'id': 'v2.1', 'status': 'CURRENT', 'version': '2.100',
                   'min_version': '2.1', 'links': [
                       {'rel': 'self', 'href': f'{NOVA}/'}]}
        self._answer('GET', f'{NOVA}/', {'version': version})
        self._answer('GET', NOVA, {'version': version})
        flavor = {'id': FLAVOR, 'name': 'm1.large', 'vcpus': 1, 'ram': 64,
                  'disk': 0, 'links': [], 'extra_specs': {}}
        self._answer('GET', f'{NOVA}/flavors/m1.large', {
            'itemNotFound': {'code': 404, 'message': 'no'}}, status=404)
        self._answer('GET', f'{NOVA}/flavors/{FLAVOR}', {'flavor': flavor})
        for path in ('/flavors', '/flavors/detail'):
            self._answer('GET', NOVA + path, {'flavors': [flavor]})
        self._answer('GET', f'{NOVA}/servers/guest', {
            'itemNotFound': {'code': 404, 'message': 'no'}}, status=404)
        for path in ('/servers', '/servers/detail'):
            self._answer('GET', NOVA + path, lambda *_: {
                'servers': list(self.servers.values())})
        self._answer('GET', f'{NOVA}/servers/{SERVER}', self._show_server)
        self._mocker.register_uri('POST', f'{NOVA}/servers',
                                  text=self._create_server)
        self._answer('DELETE', f'{NOVA}/servers/{SERVER}',
                     self._delete_server)

    def _serve_neutron(self):
        network = {'id': NETWORK, 'name': 'net1'}
        self._answer('GET', f'{NEUTRON}/', {'versions': [{
            'id': 'v2.0', 'status': 'CURRENT',
            'links': [{'rel': 'self', 'href': f'{NEUTRON}/v2.0'}]}]})
        self._answer('GET', f'{NEUTRON}/v2.0/networks/net1', {}, status=404)
        self._answer('GET', f'{NEUTRON}/v2.0/networks/{NETWORK}',
                     {'network': network})
        self._answer('GET', f'{NEUTRON}/v2.0/networks',
                     {'networks': [network]})
        self._answer('GET', f'{NEUTRON}/v2.0/extensions/'
                     'tag-ports-during-bulk-creation', {}, status=404)
        self._answer('GET', f'{NEUTRON}/v2.0/extensions', {'extensions': []})
        self._answer('GET', f'{NEUTRON}/v2.0/security-groups/web', {},
                     status=404)
        self._answer('GET', f'{NEUTRON}/v2.0/security-groups', (
            lambda request, _: {'security_groups': matching(
                request, self.groups)}))
        self._answer('GET', f'{NEUTRON}/v2.0/ports', lambda request, _: {
            'ports': matching(request, self.ports.values())})
        self._answer('POST', f'{NEUTRON}/v2.0/ports', self._create_port)
        for number in range(1, 4):
            url = f'{NEUTRON}/v2.0/ports/port-{number}'
            self._answer('DELETE', url, self._delete_port)
            self._answer('PUT', url, self._update_port)

    def _note(self, request):
        body = json.loads(request.text) if request.text else None
        self.changes.append((request.method, request.path, body))
        return body

    def _create_port(self, request, context):
        port = {'id': f'port-{len(self.ports) + 1}', 'device_id': '',
                'revision_number': 1, **self._note(request)['port']}
        self.ports[port['id']] = port
        if self.loses_ports:
            raise requests.exceptions.ReadTimeout
        context.status_code = 201
        return {'port': port}

    def _update_port(self, request, context):
        port = self.ports[request.path.rpartition('/')[2]]
        port.update(self._note(request)['port'])
        return {'port': port}

    def _delete_port(self, request, context):
        self.before_deletion()
        self.before_deletion = lambda: None
        port = request.path.rpartition('/')[2]
        revision = self.ports[port].get('revision_number')
        if request.headers.get('If-Match') not in (
                None, f'revision_number={revision}'):
            context.status_code = 412
            return {'NeutronError': {'message': 'Constrained'}}
        self._note(request)
        del self.ports[port]
        context.status_code = 204
        return None

    def _create_server(self, request, context):
        asked = self._note(request)['server']
        if self._refuses:
            context.status_code = 403
            return json.dumps(REFUSAL)
        for network in asked['networks']:
            if 'port' in network:
                self.ports[network['port']]['device_id'] = SERVER
        server = self.add_server(asked['name'])
        context.status_code, text = self.answer_to_server or (
            202, json.dumps({'server': server}))
        return text

    def _show_server(self, request, context):
        if SERVER not in self.servers:
            self.when_gone()
            context.status_code = 404
            return {'itemNotFound': {'code': 404, 'message': 'no server'}}
        return {'server': self.servers[SERVER]}

    def _delete_server(self, request, context):
        self._note(request)
        del self.servers[SERVER]
        for port in self.ports.values():
            port['device_id'] = ''
        context.status_code = 204
