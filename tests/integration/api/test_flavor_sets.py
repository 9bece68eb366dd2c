# SPDX-License-Identifier: Apache-2.0

"""Changes of a flavor with sets of devices, through Nova's real API."""

import itertools
import json
import pathlib
import re
import shlex
import subprocess
import sys

import nova.conf
import pytest
import webob
from nova import context as nova_context
from nova import exception
from nova import objects
from nova.api.openstack import wsgi
from nova.api.openstack.compute import flavors_extraspecs

from nova_pci_ext import parsing

pytestmark = pytest.mark.nova

ALIAS, SAME, DISTINCT, PAIR, GROUP = (
    f'pci_passthrough:{name}'
    for name in ('alias', 'same', 'distinct', 'pair', 'group'))
SET_FIRST = 'set pci_passthrough:alias in the same call, or before'


class Api:
    """The API of extra specs, and the one flavor that there is."""

    def __init__(self):
        self.flavor = {}
        self._app = wsgi.Resource(
            flavors_extraspecs.FlavorExtraSpecsController())

    def get_by_flavor_id(self, context, flavor_id, read_deleted=None):
        if flavor_id != '1':
            raise exception.FlavorNotFound(flavor_id=flavor_id)
        return objects.Flavor(context, id=1, flavorid='1',
                              extra_specs=dict(self.flavor))

    def save(self, flavor):
        self.flavor = dict(flavor.extra_specs)

    def call(self, action, method, body, *, version='2.86', role='admin',
             **args):
        """Return the status, and the message where there is one."""
        request = webob.Request.blank(
            '/', method=method, content_type='application/json',
            headers={'OpenStack-API-Version': f'compute {version}'})
        request.body = json.dumps(body).encode()
        request.environ['nova.context'] = nova_context.RequestContext(
            'u', 'p', is_admin=role == 'admin', roles=[role])
        request.environ['wsgiorg.routing_args'] = (
            None, {'action': action, 'flavor_id': '1', **args})
        answer = request.get_response(self._app)
        body = json.loads(answer.body)
        return answer.status_int, *(
            found['message'] for found in body.values() if 'code' in found)

    def set(self, specs, **more):
        """Do what ``openstack flavor set`` does."""
        return self.call('create', 'POST', {'extra_specs': specs}, **more)

    def set_one(self, key, value, **more):
        """Do what a client does that sets one key."""
        return self.call('update', 'PUT', {key: value}, id=key, **more)


@pytest.fixture
def api(monkeypatch):
    objects.register_all()
    nova.conf.CONF([], project='nova', default_config_files=[],
                   default_config_dirs=[])
    found = Api()
    monkeypatch.setattr(objects.Flavor, 'get_by_flavor_id',
                        found.get_by_flavor_id)
    monkeypatch.setattr(objects.Flavor, 'save',
                        lambda flavor: found.save(flavor))
    return found


WHOLE = {ALIAS: 'gpu:2,nic:2', SAME: 'numa_node:gpu,ports',
         PAIR: 'pcie_switch:gpu,nic', GROUP: 'nvlink:gpu',
         DISTINCT: 'pf:ports@p1; card:nic', 'hw:numa_nodes': '1'}


def refused(*lines):
    return 400, 'Validation failed; ' + '\n'.join(lines)


def test_all_at_once(api):
    assert api.set(WHOLE) == (200,)
    assert api.flavor == WHOLE


def test_one_by_one(api):
    for key, value in WHOLE.items():
        assert api.set_one(key, value) == (200,)
    assert api.flavor == WHOLE


def test_a_set_before_its_alias(api):
    message = refused(f'{SAME}: the flavor asks for no alias "gpu"; '
                      f'{SET_FIRST}')
    assert api.set_one(SAME, 'pf:gpu') == message
    assert api.set({SAME: 'pf:gpu'}) == message
    assert api.flavor == {}


@pytest.mark.parametrize('changes, lines', [
    pytest.param({SAME: 'pf:gpuu'}, [
        f'{SAME}: the flavor asks for no alias "gpuu"; did you mean gpu?'],
        id='a set of another alias'),
    pytest.param({ALIAS: 'gpu:2'}, [
        f'{DISTINCT}: the flavor asks for no alias "nic"; expected one of '
        'gpu, ports, or add the alias to pci_passthrough:alias',
        f'{PAIR}: the flavor asks for no alias "nic"; expected one of gpu, '
        'ports, or add the alias to pci_passthrough:alias'],
        id='an alias that sets name goes away'),
    pytest.param({ALIAS: 'gpu:4,nic:2'}, [
        f'{PAIR}: "pcie_switch:gpu,nic" pairs 4 of "gpu" with 2 of "nic"; '
        'expected equal numbers'], id='numbers are not equal any more'),
    pytest.param({DISTINCT: 'numa_node:gpu'}, [
        f'{DISTINCT}: "numa_node:gpu" is impossible together with {SAME} = '
        'numa_node:gpu,ports'], id='a contradiction'),
])
def test_a_change_that_breaks_a_flavor(changes, lines, api):
    api.flavor = dict(WHOLE)
    assert api.set(changes) == refused(*lines)
    (key, value), = changes.items()
    assert api.set_one(key, value) == refused(*lines)
    assert api.flavor == WHOLE


def test_other_keys_of_a_flavor_that_is_wrong_can_be_set(api):
    api.flavor = {SAME: 'pf:gpu'}
    assert api.set({'hw:numa_nodes': '2'}) == (200,)


def test_a_flavor_is_put_right_step_by_step(api):
    api.flavor = {SAME: 'pf:gpu', PAIR: 'pf:gpu', ALIAS: 'nic:1'}
    assert api.set_one(SAME, 'pf:gpu') == refused(
        f'{SAME}: the flavor asks for no alias "gpu"; expected one of nic, '
        'ports, or add the alias to pci_passthrough:alias')
    assert api.set_one(SAME, 'pf:nic') == (200,)
    assert api.set({ALIAS: 'nic:2,gpu:2', PAIR: 'pf:gpu,nic'}) == (200,)


@pytest.mark.parametrize(('key', 'meant'), [
    ('pci_passthru:alias', ALIAS), ('PCI_Passthrough:same', SAME),
    ('pci-passthrough:pair', PAIR), ('pci_pasthrough:group', GROUP)])
def test_a_slip_in_a_namespace_that_nova_does_not_know(key, meant, api):
    message = refused(f'{key}: no device depends on it; did you mean '
                      f'{meant}?')
    assert api.set({key: 'gpu:2'}) == message
    assert api.set_one(key, 'gpu:2') == message
    assert api.set({key: 'gpu:2'}, version='2.85') == (200,)


def test_keys_of_others_are_taken(api):
    specs = {'trait:CUSTOM_RACK': 'required', 'pci passthrough same': 'x',
             'aggregate_instance_extra_specs:pci': 'true', 'numa_nodes': '1'}
    assert api.set(specs) == (200,)


def test_numbers_are_read_as_text(api):
    api.flavor = {SAME: 'pf:gpu', ALIAS: 'gpu:2'}
    assert api.set_one(GROUP, 5)[0] == 400
    assert api.set_one(ALIAS, 5) == refused(
        f'{ALIAS}: "5" is not a request; expected name:count with count from '
        '1')


def test_nova_validates_nothing_before_2_86(api):
    assert api.set({SAME: 'pf:gpu', PAIR: '-'}, version='2.85') == (200,)
    assert api.set_one(GROUP, 'x:nobody', version='2.85') == (200,)


def test_a_fault_of_one_key_is_told_alone(api):
    status, message = api.set({SAME: 'numa:gpu'})
    assert (status, message) == refused(
        f'{SAME}: unknown attribute "numa"; did you mean numa_node?')


def test_whoever_may_not_change_flavors_learns_nothing(api):
    api.flavor = dict(WHOLE)
    status, message = api.set({ALIAS: 'gpu:1'}, role='member')
    assert (status, 'Policy' in message) == (403, True)


def test_a_body_that_is_none_is_refused_by_nova(api):
    assert api.call('create', 'POST', {SAME: 'pf:gpu'})[0] == 400
    assert api.call('update', 'PUT', {SAME: 'pf:gpu'}, id=PAIR) == refused(
        f'{SAME}: the flavor asks for no alias "gpu"; {SET_FIRST}')


def test_a_flavor_that_is_not_there(api):
    assert api.set({ALIAS: 'a:1'}, flavor_id='2') == (
        404, 'Flavor 2 could not be found.')


PAGE = pathlib.Path(__file__).parents[3] / 'doc' / 'source' / (
    'device-sets.rst')
FLAVORS = re.findall(r'\$ (openstack .*flavor set (?:.*\\\n)*.*)',
                     PAGE.read_text())


@pytest.mark.parametrize('command', FLAVORS)
def test_the_flavors_of_the_page_are_taken(command, api):
    words = shlex.split(command.replace('\\\n', ' '))
    assert words[:4] == ['openstack', '--os-compute-api-version', '2.86',
                         'flavor']
    specs = dict(word.split('=', 1) for before, word
                 in itertools.pairwise(words) if before == '--property')
    assert len(words) == 6 + 2 * len(specs)
    assert api.set(specs) == (200,)
    assert parsing.parse_device_sets(api.flavor)


def test_the_page_has_flavors():
    assert len(FLAVORS) > 5


WITHOUT_US = """
from nova.api.openstack.compute import routes
controller = routes.flavors_extraspecs.FlavorExtraSpecsController
assert not hasattr(controller.create, 'pci_ext_original')
routes.flavor_extraspec_controller()
for name in ('create', 'update', '_check_extra_specs_value'):
    print(name, hasattr(getattr(controller, name), 'pci_ext_original'))
"""


def test_the_api_alone_finds_us():
    """No other entry point, and in the order in which Nova imports."""
    done = subprocess.run([sys.executable, '-c', WITHOUT_US], check=True,
                          capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        'create True', 'update True', '_check_extra_specs_value True']
