# SPDX-License-Identifier: Apache-2.0

"""Servers of a cloud: which could move, and what each asks."""

import contextlib
import types

import pytest
from nova import exception
from nova import objects

from nova_pci_ext.planning import cloud_movers
from nova_pci_ext.planning import movers
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def instance(uuid, host='a', vm_state='active', task_state=None, alias='a1'):
    return types.SimpleNamespace(
        uuid=uuid, host=host, vm_state=vm_state, task_state=task_state,
        display_name=f'name of {uuid}', numa_topology=None,
        pci_requests=objects.InstancePCIRequests(requests=[
            objects.InstancePCIRequest(
                count=1, alias_name=alias, spec=[{'vendor_id': '8086'}],
                request_id='r', numa_policy=None)]))


def group(policy, *members, **rules):
    return types.SimpleNamespace(
        uuid=f'{policy} {members[0]}', policy=policy, members=list(members),
        rules=rules)


@pytest.fixture
def cloud(monkeypatch):
    """Return what reads a cloud of these servers and groups."""
    @contextlib.contextmanager
    def make(servers, groups=()):
        monkeypatch.setattr(cloud_movers, '_instances',
                            lambda context: servers)
        monkeypatch.setattr(objects.InstanceGroupList, 'get_all',
                            lambda context: groups)
        with recorded.fleet() as fleet:
            def of_instance(context, uuid):
                if uuid == 'without':
                    raise exception.RequestSpecNotFound(instance_uuid=uuid)
                return fleet.spec(recorded.server('vf:1'))
            monkeypatch.setattr(objects.RequestSpec, 'get_by_instance_uuid',
                                of_instance)
            yield cloud_movers.CloudMovers(fleet, None)
    return make


def test_servers_that_nova_would_not_move(cloud):
    with cloud([instance('ok'), instance('stopped', vm_state='stopped'),
                instance('paused', vm_state='paused'),
                instance('busy', task_state='rebooting'),
                instance('without'), instance('one'), instance('two')],
               [group('affinity', 'one', 'two'),
                group('affinity', 'ok', 'deleted')]) as found:
        state = 'Nova moves no server in its state'
        assert {uuid: found.fixed(uuid) for uuid in (
            'ok', 'stopped', 'paused', 'busy', 'without', 'gone', 'one')} == {
            'ok': '', 'stopped': '', 'paused': state, 'busy': state,
            'without': 'Nova has no request of it',
            'gone': 'Nova has no request of it',
            'one': 'its group has to stay on one host'}


def test_members_that_have_to_stay_apart(cloud):
    with cloud([instance('s'), instance('r', 'b'), instance('q', 'b')],
               [group('anti-affinity', 's', 'r', max_server_per_host='2'),
                group('soft-anti-affinity', 'q', 'x')]) as found:
        assert found.of('s').group == movers.Group(
            uuid='anti-affinity s', most=2)
        assert found.of('q').group is None
        assert found.members(found.of('s').group, 'b') == {'r'}


def test_a_server_asks_what_its_instance_has(cloud):
    with cloud([instance('s'), instance('r'), instance('port', alias=None)],
               ) as found:
        assert (found.of('s').name, found.of('s').unknown) == (
            'name of s', '')
        assert found.of('s').explainer is found.of('r').explainer
        assert found.of('port').unknown == cloud_movers.UNKNOWN


def test_records_that_cannot_be_read_stop_nothing(cloud, monkeypatch):
    broken = instance('broken')
    broken.pci_requests = None
    plain = instance('plain')
    plain.pci_requests = objects.InstancePCIRequests(requests=[])
    with cloud([instance('ok'), broken, plain, instance('odd')]) as found:
        original = objects.RequestSpec.get_by_instance_uuid

        def of_instance(context, uuid):
            if uuid == 'odd':
                raise ValueError('not JSON')
            return original(context, uuid)
        monkeypatch.setattr(objects.RequestSpec, 'get_by_instance_uuid',
                            of_instance)
        odd = 'what it asked for cannot be read'
        assert {uuid: found.fixed(uuid) for uuid in (
            'ok', 'broken', 'plain', 'odd')} == {
            'ok': '', 'broken': odd, 'plain': odd,
            'odd': 'Nova has no request of it'}


def test_servers_with_accelerators_stay(cloud, monkeypatch):
    with cloud([instance('s')]) as found:
        found._spec('s').flavor.extra_specs['accel:device_profile'] = 'fpga'
        assert found.fixed('s') == 'Nova moves no server with accelerators'


def test_one_row_that_cannot_be_read_hides_no_other(monkeypatch):
    cell = types.SimpleNamespace(disabled=False, is_cell0=lambda: False)
    monkeypatch.setattr(objects.CellMappingList, 'get_all', lambda _: [cell])

    @contextlib.contextmanager
    def target_cell(context, mapping):
        yield context

    def every(context, filters, expected_attrs):
        if expected_attrs:
            raise ValueError('not JSON')
        return [instance('one'), instance('two'), instance('three', None)]

    def single(context, uuid, expected_attrs):
        if uuid == 'one':
            raise ValueError('not JSON')
        return instance(uuid, None if uuid == 'three' else 'a')
    monkeypatch.setattr(cloud_movers.nova_context, 'target_cell', target_cell)
    monkeypatch.setattr(objects.InstanceList, 'get_by_filters', every)
    monkeypatch.setattr(objects.Instance, 'get_by_uuid', single)
    assert [each.uuid for each in cloud_movers._instances(None)] == ['two']
