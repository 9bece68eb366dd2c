# SPDX-License-Identifier: Apache-2.0

"""The stored objects of a server, and what stands in for them."""

import types

import pytest
from nova import exception
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.servers import stored
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server
from tests.integration.servers import scenes
from tests.integration.servers.conftest import UUID

pytestmark = pytest.mark.nova
objects.register_all()


@pytest.fixture
def kept(monkeypatch):
    """Let both objects be read so, or raise."""
    def make(spec, instance='instance'):
        def get(found):
            def answer(*_):
                if isinstance(found, Exception):
                    raise found
                return found
            return answer
        monkeypatch.setattr(stored, '_spec', get(spec))
        monkeypatch.setattr(stored, '_instance', get(instance))
    return make


@pytest.mark.parametrize(('spec', 'note'), [
    (exception.RequestSpecNotFound(instance_uuid=UUID),
     'the API database has no request spec of it'),
    (KeyError('nova_object.name'), 'its request spec cannot be read '
     "(KeyError: 'nova_object.name')"),
    (ValueError('x' * 500), 'its request spec cannot be read (ValueError: '
     + 'x' * 117 + '...)'),
], ids=['missing', 'an old form', 'a long error'])
def test_a_request_that_cannot_be_read(kept, spec, note):
    kept(spec)
    assert stored.read(scenes.server()) == stored.Kept(
        spec=None, instance='instance', notes=(note,))


@pytest.mark.parametrize(('instance', 'note'), [
    (TypeError('t'), 'its instance cannot be read (TypeError: t)'),
    (exceptions.DiscoveryError('database of cell cell1', 'silent'),
     'database of cell cell1: silent'),
], ids=['broken', 'silent'])
def test_an_instance_that_cannot_be_read(kept, instance, note):
    kept('spec', instance)
    assert stored.read(scenes.server()) == stored.Kept(
        spec='spec', instance=None, notes=(note,))


def test_no_cell_is_asked_that_does_not_tell_of_it(kept):
    kept('spec', AssertionError())
    assert stored.read(Server(place=Place(
        uuid=UUID, cell='c', cell_uuid='c'))) == stored.Kept(
        spec='spec', instance=None)


def test_reading_an_old_request_writes_nothing(monkeypatch):
    """Nova saves one whose CPU policy it has migrated."""
    monkeypatch.setattr(objects.RequestSpec, '_get_by_instance_uuid_from_db',
                        lambda context, uuid: 'row')

    def read(context, spec, row):
        spec.save()
        return spec

    monkeypatch.setattr(objects.RequestSpec, '_from_db_object', read)
    monkeypatch.setattr(objects.RequestSpec, '_save_in_db', None)
    found = stored._spec(UUID)
    assert 'save' not in vars(found)


def test_what_stands_in_for_a_request():
    flavor = objects.Flavor(
        name='f', vcpus=1, memory_mb=2, root_gb=3, ephemeral_gb=4, swap=0,
        extra_specs={})
    spec = stored.made_up(stored.Kept(spec=None, instance=(
        types.SimpleNamespace(
            uuid=UUID, flavor=flavor, numa_topology=None,
            image_meta=objects.ImageMeta.from_dict({'properties': {}}),
            pci_requests=objects.InstancePCIRequests(requests=[]),
            availability_zone='az', project_id='p', user_id='u'))))
    assert (spec.instance_uuid, spec.flavor.name, spec.availability_zone,
            spec.project_id) == (UUID, 'f', 'az', 'p')


@pytest.mark.parametrize(('instance', 'words'), [
    (None, 'a; b'),
    (types.SimpleNamespace(uuid=UUID), "a; b; 'types.SimpleNamespace' object "
     "has no attribute 'image_meta'"),
], ids=['nothing', 'half of it'])
def test_where_nothing_is_known(instance, words):
    with pytest.raises(exceptions.ServerRequestError) as caught:
        stored.made_up(stored.Kept(spec=None, instance=instance,
                                   notes=('a', 'b')))
    assert str(caught.value) == (
        f'what the server asks for is not known: {words}')
