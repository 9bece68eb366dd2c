# SPDX-License-Identifier: Apache-2.0

"""The request with which Nova would ask for a server now."""

import types

import pytest
from nova import exception
from nova import objects
from nova.scheduler import utils

from nova_pci_ext import exceptions
from nova_pci_ext.planning import room
from nova_pci_ext.servers import asking
from nova_pci_ext.servers import ports
from nova_pci_ext.servers import stored
from nova_pci_ext.servers.record import Move
from tests.integration.planning import recorded
from tests.integration.servers import scenes
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import UUID

pytestmark = pytest.mark.nova
objects.register_all()


def request(alias='vf', port=None, **more):
    return objects.InstancePCIRequest(
        count=1, alias_name=alias, requester_id=port, request_id='r1',
        spec=[{'vendor_id': '8086', 'physical_network': 'p', **more}])


def instance(*requests, **more):
    return types.SimpleNamespace(**{
        'uuid': UUID, 'project_id': 'p', 'user_id': 'u',
        'flavor': types.SimpleNamespace(vcpus=1, memory_mb=2, root_gb=3,
                                        ephemeral_gb=4),
        'pci_requests': objects.InstancePCIRequests(requests=list(requests)),
        'old_flavor': None, 'migration_context': None, 'info_cache': None,
        'numa_topology': None, **more})


@pytest.fixture
def ask(monkeypatch):
    """Ask of a server with these stored objects."""
    monkeypatch.setattr(objects.InstanceGroup, 'get_by_instance_uuid', (
        lambda context, instance_uuid: (_ for _ in ()).throw(
            exception.InstanceGroupNotFound(
                group_uuid=instance_uuid))))
    monkeypatch.setattr(utils, 'setup_instance_group',
                        lambda context, request_spec: None)
    monkeypatch.setattr(asking.nova_book, 'cell', lambda uuid: (
        objects.CellMapping(uuid=uuid)))

    def go(server, found=None, spec=(), notes=(), flavor=None, without=()):
        with recorded.fleet() as fleet:
            stored_spec = fleet.spec(recorded.server('vf:1'))
            for name, value in dict(spec).items():
                setattr(stored_spec, name, value)
            for name in without:
                delattr(stored_spec, f'_obj_{name}')
            monkeypatch.setattr(stored, 'read', lambda server: stored.Kept(
                spec=stored_spec if spec is not None else None,
                instance=found, notes=tuple(notes)))
            return asking.ask(server, flavor)
    return go


FORCED = {'force_hosts': ['h9'], 'force_nodes': None, 'ignore_hosts': ['x'],
          'num_instances': 3, 'availability_zone': 'az',
          'scheduler_hints': {'group': ['g'], 'query': ['a', 'b']}}


def test_another_boot_is_like_the_first(ask):
    found = ask(scenes.failed(), spec=FORCED)
    assert (found.forced, found.zone, found.hints) == (
        'h9', 'az', (('group', 'g'), ('query', 'a,b')))
    assert (found.requests, found.spec.num_instances,
            found.spec.ignore_hosts, found.spec.requested_destination) == (
        (('vf', 1),), 1, None, None)


def test_a_move_asks_for_what_the_instance_has_in_its_cell(ask):
    server = scenes.server()
    found = ask(server, instance(
        request(), request(None, 'port-1', rp_uuids='x')), FORCED)
    assert found.forced == ''
    assert found.requests == (('vf', 1), ('port port-1 on p', 1))
    assert found.names == {'r1': 'port port-1 on p'}
    assert found.spec.requested_destination.cell.uuid == 'c1'
    assert all('rp_uuids' not in each.spec[0]
               for each in found.spec.pci_requests.requests)
    assert found.held == room.Room(vcpus=1, ram_mb=2, disk_gb=7)


def test_an_early_request_lacks_fields(ask):
    found = ask(scenes.failed(), without=(
        'availability_zone', 'force_nodes', 'scheduler_hints'))
    assert (found.zone, found.forced, found.hints) == ('', '', ())


def test_host_cells_on_both_sides_of_a_move(ask):
    found = ask(scenes.server(host='b', moves=(
        Move(at=NOON, kind='resize', status='finished', source='a',
             target='b'),)), instance(
        request(), numa_topology='new', old_flavor=types.SimpleNamespace(
            name='small'), migration_context=types.SimpleNamespace(
            old_numa_topology='old', new_numa_topology='new')))
    assert (found.pinned, found.old_flavor) == (
        {'a': 'old', 'b': 'new'}, 'small')


def test_a_resize_keeps_ports(ask, monkeypatch):
    monkeypatch.setattr(
        objects.Flavor, 'get_by_name', lambda context, name: objects.Flavor(
            name=name, flavorid='x', vcpus=1, memory_mb=1, root_gb=0,
            ephemeral_gb=0, swap=0,
            extra_specs={'pci_passthrough:alias': 'pf:2'}))
    found = ask(scenes.server(), instance(request(), request(None, 'p1')),
                flavor='large')
    assert (found.flavor, found.requests) == (
        'large', (('pf', 2), ('port p1 on p', 1)))


@pytest.mark.parametrize(('error', 'words'), [
    (exception.FlavorNotFoundByName(flavor_name='large'),
     'Flavor with name large could not be found.'),
])
def test_a_flavor_that_is_not_there(ask, monkeypatch, error, words):
    def gone(context, name):
        raise error

    monkeypatch.setattr(objects.Flavor, 'get_by_name', gone)
    with pytest.raises(exceptions.ServerRequestError) as caught:
        ask(scenes.server(), instance(request()), flavor='large')
    assert str(caught.value) == words


def test_what_is_not_known_is_noted(ask, monkeypatch):
    monkeypatch.setattr(ports, 'of_unsettled', lambda spec: ports.Asked(
        notes=('Neutron is silent',)))
    found = ask(scenes.server(), None, notes=('the cell is silent',))
    assert found.notes == (
        'the cell is silent', 'what it was given later, such as ports, is '
        'not known', 'Neutron is silent')
