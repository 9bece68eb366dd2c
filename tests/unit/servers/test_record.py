# SPDX-License-Identifier: Apache-2.0

"""What follows from the records of a server."""

import datetime

import pytest

from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Event
from nova_pci_ext.servers.record import Fault
from nova_pci_ext.servers.record import Move
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server


def minutes(number):
    return datetime.datetime(2026, 1, 1, 12, number)


def server(going=False, **more):
    return Server(place=Place(uuid='u', cell='cell1', cell_uuid='c',
                              going=going), **{
        'status': 'ACTIVE', 'vm_state': 'active', 'host': 'h0',
        'created': minutes(0), 'launched': minutes(1), **more})


FAULT = Fault(at=minutes(5), code=500, message='m', host='')
CREATED = Action(at=minutes(0), name='create', request_id='r', message='')
FAILED = Action(at=minutes(4), name='resize', request_id='r', message='',
                events=(Event(name='a', result='Success', host='h0'),
                        Event(name='b', result='Error', host='h1'),
                        Event(name='c', result='', host='')))


@pytest.mark.parametrize(('found', 'settled'), [
    (server(), True),
    (server(host='', vm_state='shelved_offloaded'), True),
    (server(host='', vm_state='error'), False),
    (server(vm_state='error'), True),
    (server(deleted=minutes(9)), False),
    (server(going=True), False),
], ids=['runs', 'on its shelf', 'never came to a host', 'in error on a host',
        'deleted', 'taken for deleted'])
def test_whether_nova_would_move_it(found, settled):
    assert found.settled is settled


@pytest.mark.parametrize(('found', 'expected'), [
    pytest.param(server(), 1, id='since it was launched'),
    pytest.param(server(launched=None), 0, id='since it was made'),
    pytest.param(server(faults=(FAULT,), actions=(CREATED, FAILED)), 1,
                 id='an old fault'),
    pytest.param(server(faults=(FAULT,), actions=(FAILED, CREATED)), 5,
                 id='what was tried last failed'),
    pytest.param(server(host='', vm_state='error', faults=(FAULT,)), 5,
                 id='it failed'),
    pytest.param(server(vm_state='error', faults=(FAULT,)), 5,
                 id='it failed on a host'),
    pytest.param(server(moves=(
        Move(at=minutes(9), kind='resize', status='error', source='h0',
             target='h1'),
        Move(at=minutes(7), kind='migration', status='confirmed',
             source='h1', target='h0'))), 7, id='it was moved here'),
    pytest.param(server(moves=(
        Move(at=minutes(7), kind='migration', status='reverted',
             source='h0', target='h1'),)), 1, id='a move that was reverted'),
])
def test_the_moment_that_is_asked_about(found, expected):
    assert found.since == minutes(expected)


def test_what_failed():
    assert FAILED.failed == Event(name='b', result='Error', host='h1')
    assert CREATED.failed is None
    assert server(actions=(FAILED, CREATED)).last_failure == FAILED
    assert server(actions=(CREATED, FAILED)).last_failure is None
    assert server().last_failure is None
