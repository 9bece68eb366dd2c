# SPDX-License-Identifier: Apache-2.0

"""What a flavor and an alias mean today."""

import dataclasses

import pytest
from nova import exception
from nova import objects

from nova_pci_ext.servers import today
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Move
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova
objects.register_all()
ALIAS = 'pci_passthrough:alias'


def flavor(**more):
    return objects.Flavor(**{
        'name': 'f', 'flavorid': 'id', 'vcpus': 1, 'memory_mb': 512,
        'root_gb': 0, 'ephemeral_gb': 0, 'extra_specs': {ALIAS: 'vf:1'},
        **more})


@pytest.fixture
def spec():
    with recorded.fleet() as fleet:
        found = fleet.spec(recorded.server('vf:1'))
        found.flavor = flavor()
        yield found


@pytest.fixture
def now(monkeypatch):
    """Let flavors be as this says."""
    def make(found):
        def get(*_):
            if found is None:
                raise exception.FlavorNotFound(flavor_id='id')
            return found
        monkeypatch.setattr(objects.Flavor, 'get_by_flavor_id', get)
        monkeypatch.setattr(objects.Flavor, 'get_by_id', get)
    return make


KEEPS = 'the server keeps the old'


@pytest.mark.parametrize(('found', 'expected'), [
    pytest.param(flavor(), (), id='as it was'),
    pytest.param(None, ('flavor f was deleted; the server keeps what it asked '
                        'for',), id='deleted'),
    pytest.param(
        flavor(vcpus=2, extra_specs={ALIAS: 'vf:2', 'a': 'b'}),
        (f'flavor f has changed: a was not set, is b; {KEEPS}',
         f'flavor f has changed: {ALIAS} was vf:1, is vf:2; {KEEPS}',
         f'flavor f has changed: vcpus was 1, is 2; {KEEPS}'), id='changed'),
    pytest.param(
        flavor(extra_specs={}),
        (f'flavor f has changed: {ALIAS} was vf:1, is not set; {KEEPS}',),
        id='less'),
])
def test_a_flavor(spec, now, found, expected):
    now(found)
    assert today.differences(spec) == expected


@pytest.mark.parametrize(('change', 'words'), [
    ({'alias_name': 'gone'}, 'alias gone is not in this configuration any '
     'more; the server keeps what it asked for'),
    ({'spec': [{'vendor_id': '1234'}]}, 'alias vf asks for something else in '
     'this configuration; the server keeps what it asked for')],
    ids=['gone', 'another'])
def test_an_alias(spec, now, change, words):
    now(flavor())
    (request,) = spec.pci_requests.requests
    for name, value in change.items():
        setattr(request, name, value)
    assert today.differences(spec) == (words,)


def test_what_placement_chose_is_no_difference(spec, now):
    now(flavor())
    (request,) = spec.pci_requests.requests
    request.spec = [{**request.spec[0], 'rp_uuids': 'u'}]
    assert today.differences(spec) == ()


def test_the_flavor_of_a_resize_that_failed(now):
    failed = Server(
        place=Place(uuid='u', cell='c', cell_uuid='c'),
        actions=(Action(at=None, name='resize', request_id='',
                        message='Error'),),
        moves=(Move(at=None, kind='resize', status='error', source='h0',
                    target='', flavors=(1, 2)),))
    now(flavor(name='larger'))
    assert today.resized_to(failed) == 'larger'
    for other in ({'actions': ()}, {'moves': ()}):
        assert today.resized_to(dataclasses.replace(failed, **other)) == ''
    now(None)
    assert today.resized_to(failed) == ''
