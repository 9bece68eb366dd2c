# SPDX-License-Identifier: Apache-2.0

"""What rows tell of the time since a moment."""

import contextlib
import types

import pytest
from nova import context as nova_context
from nova import objects
from nova import servicegroup

from nova_pci_ext import exceptions
from nova_pci_ext.servers import since
from nova_pci_ext.servers.since import HostChange
from tests.integration.servers.conftest import minutes
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import OTHER
from tests.integration.servers.conftest import UUID

pytestmark = pytest.mark.nova


def service(host='h0', **values):
    return types.SimpleNamespace(**{
        'host': host, 'disabled': False, 'disabled_reason': None,
        'forced_down': False, 'last_seen_up': minutes(1), 'up': True,
        'created_at': NOON, **values})


@pytest.fixture
def services(cell, monkeypatch):
    """Return the services, to be added to."""
    found = []
    monkeypatch.setattr(objects.ServiceList, 'get_by_binary',
                        lambda context, binary, include_disabled: found)
    monkeypatch.setattr(nova_context, 'target_cell',
                        lambda context, cell: contextlib.nullcontext(context))
    monkeypatch.setattr(servicegroup.API, 'service_is_up',
                        lambda self, each: each.up)
    return found


def changes(host=None):
    found = since.read(minutes(10), UUID, host)
    assert found.unread == ()
    return found.hosts


def test_each_kind_of_row(cell, services):
    cell.node()
    cell.instance(uuid=OTHER, display_name='late')
    late = {'updated_at': minutes(11)}
    for number, values in enumerate((
            {'status': 'allocated', 'instance_uuid': OTHER},
            {'status': 'claimed', 'instance_uuid': OTHER},
            {'status': 'allocated', 'instance_uuid': 'gone-server'},
            {'status': 'allocated', 'instance_uuid': UUID},
            {'extra_info': '{"pci_ext_drained": "fan"}'},
            {'status': 'available'},
            {'status': 'unavailable'},
            {'created_at': minutes(12)},
            {'deleted': 1, 'deleted_at': minutes(12)})):
        cell.device(f'0000:8{number}:00.0', **{**late, **values})
    cell.device('0000:90:00.0', updated_at=minutes(10))
    assert changes() == (HostChange(
        host='h0', taken=(('gone-server', 1), (f'late ({OTHER})', 2)),
        drained=(('fan', 1),), freed=1, new=1, gone=1),)


def test_nothing_that_is_older_is_told(cell, services):
    cell.node()
    cell.device('0000:81:00.0', updated_at=minutes(9), status='allocated',
                instance_uuid=OTHER)
    services.append(service())
    assert changes() == ()


@pytest.mark.parametrize(('values', 'expected'), [
    ({'disabled': True, 'disabled_reason': 'fan'}, {'disabled': 'fan'}),
    ({'disabled': True}, {'disabled': 'no reason given'}),
    ({'up': False}, {'down': 'last seen 2026-01-01 12:01:00 UTC'}),
    ({'up': False, 'forced_down': True}, {'down': 'forced down'}),
    ({'up': False, 'last_seen_up': None}, {'down': 'never seen'}),
    ({'created_at': minutes(11)}, {'joined': True}),
    ({'created_at': None, 'disabled': True}, {'disabled': 'no reason given'}),
], ids=str)
def test_services(services, values, expected):
    services.append(service(**values))
    assert changes() == (HostChange(host='h0', **expected),)


def test_one_host_of_several(services):
    services += [service(host, disabled=True) for host in ('h1', 'h0')]
    assert [each.host for each in changes()] == ['h0', 'h1']
    assert [each.host for each in changes('h1')] == ['h1']


def test_a_cell_that_does_not_answer(services, monkeypatch):
    def silent(*_):
        raise exceptions.DiscoveryError('database of cell cell1', 'silent')

    monkeypatch.setattr(since, '_of_cell', silent)
    assert since.read(NOON, UUID) == since.Changes(
        since=NOON, hosts=(), unread=('database of cell cell1: silent',))
