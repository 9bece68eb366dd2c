# SPDX-License-Identifier: Apache-2.0

"""The records of a server, from Nova's own tables."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import databases
from nova_pci_ext.servers import reading
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Event
from nova_pci_ext.servers.record import Fault
from nova_pci_ext.servers.record import Move
from nova_pci_ext.servers.record import OwnedDevice
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server
from tests.integration.servers.conftest import minutes
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import OTHER
from tests.integration.servers.conftest import UUID

pytestmark = pytest.mark.nova

PLACE = Place(uuid=UUID, cell='cell1', cell_uuid='c1')


def test_all_that_a_cell_has_of_a_server(cell):
    cell.instance(task_state='rebooting', availability_zone='az1',
                  launched_at=minutes(1))
    cell.instance(uuid=OTHER)
    cell.node()
    cell.device('0000:81:00.0', status='allocated', instance_uuid=UUID,
                request_id='r1', extra_info='{"pci_ext_drained": "fan"}')
    cell.device('0000:82:00.0', status='allocated', instance_uuid=OTHER)
    for number, message in enumerate(('old', 'new')):
        cell.add('InstanceFault', instance_uuid=UUID, code=500,
                 message=message, host='h0', created_at=minutes(number))
    cell.add('InstanceAction', id=1, instance_uuid=UUID, action='create',
             request_id='req-1', start_time=NOON)
    for number, result in ((1, 'Success'), (2, 'Error')):
        cell.add('InstanceActionEvent', action_id=1, event=f'e{number}',
                 result=result, host='h0', start_time=minutes(number))
    cell.add('Migration', instance_uuid=UUID, migration_type='resize',
             status='error', source_compute='h0', dest_compute=None,
             old_instance_type_id=1, new_instance_type_id=2,
             created_at=NOON, updated_at=minutes(2))
    assert reading.read(PLACE) == Server(
        place=PLACE, name='web', status='REBOOT', vm_state='active',
        task_state='rebooting', host='h0', zone='az1', created=NOON,
        launched=minutes(1),
        faults=(Fault(at=minutes(1), code=500, message='new', host='h0'),
                Fault(at=NOON, code=500, message='old', host='h0')),
        actions=(Action(
            at=NOON, name='create', request_id='req-1', message='', events=(
                Event(name='e1', result='Success', host='h0'),
                Event(name='e2', result='Error', host='h0'))),),
        devices=(OwnedDevice(
            host='h0', node='node-1', address='0000:81:00.0',
            product='10de:1db6', status='allocated', numa_node=0,
            request='r1', drained='fan'),),
        moves=(Move(at=minutes(2), kind='resize', status='error',
                    source='h0', target='', flavors=(1, 2)),))


def test_a_deleted_server_is_read(cell):
    cell.instance(deleted=7, deleted_at=minutes(3), vm_state='deleted')
    assert reading.read(PLACE).deleted == minutes(3)


def test_a_device_of_a_node_without_row_and_with_broken_notes(cell):
    cell.instance()
    cell.device('0000:81:00.0', node=9, instance_uuid=UUID,
                status='allocated', extra_info='{')
    (found,) = reading.read(PLACE).devices
    assert (found.host, found.node, found.drained) == ('', '', None)


def test_a_cell_that_does_not_have_it(cell):
    assert reading.read(PLACE) == Server(place=PLACE, unread=(
        'cell cell1 does not have the server, although the API database says '
        'so',))


def test_a_cell_that_does_not_answer(cell, monkeypatch):
    def silent(name, question):
        raise exceptions.DiscoveryError(name, 'no connection')

    monkeypatch.setattr(databases, 'ask', silent)
    assert reading.read(PLACE) == Server(place=PLACE, unread=(
        'database of cell cell1: no connection',))


def test_a_server_that_no_cell_has_yet():
    place = Place(uuid=UUID, cell=None, cell_uuid=None)
    assert reading.read(place) == Server(place=place)
