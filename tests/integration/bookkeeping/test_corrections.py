# SPDX-License-Identifier: Apache-2.0

import contextlib
import dataclasses
import datetime
import json

import pytest
from keystoneauth1 import exceptions as ks_exceptions
from neutronclient.common import exceptions as client_errors
from nova import context as nova_context
from nova.db.main import api as main_db
from nova.db.main import models
from oslo_db import exception as db_exception

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.bookkeeping import corrections
from nova_pci_ext.bookkeeping import neutron_book
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import nova_columns
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.novaobj import charges
from tests.integration.bookkeeping import answers

pytestmark = pytest.mark.nova

CHANGED = 'it has changed meanwhile; nothing was written'


def refusal(write, *args):
    """Return why something is not written."""
    with pytest.raises(corrections.RepairError) as caught:
        write(*args)
    return str(caught.value)


# Rows: a PF of a stranger, and its VF, in Nova's own table.

THEN = datetime.datetime(2026, 11, 27, 8, 0, 0)
PF = {'id': 1, 'compute_node_id': 5, 'address': '0000:81:00.0',
      'dev_type': 'type-PF', 'product_id': '1572', 'status': 'allocated',
      'instance_uuid': 'gone', 'request_id': 'r', 'updated_at': THEN}
VF = {'id': 2, 'compute_node_id': 5, 'address': '0000:81:02.0',
      'dev_type': 'type-VF', 'product_id': '154c', 'status': 'unavailable',
      'parent_addr': '0000:81:00.0', 'updated_at': None}


class Table:
    """``pci_devices`` of one cell, in a file."""

    def __init__(self, path):
        self.context = nova_context.get_admin_context()
        self.context.db_connection = main_db.create_context_manager(
            f'sqlite:///{path}')
        models.PciDevice.__table__.create(
            self.context.db_connection.writer.get_engine())

    @contextlib.contextmanager
    def session(self):
        with self.context.db_connection.writer.using(
                self.context) as session:
            yield session

    def add(self, **columns):
        with self.session() as session:
            session.add(models.PciDevice(
                vendor_id='8086', dev_id='d', label='l', extra_info='{}',
                deleted=0, **columns))

    def change(self, number, **columns):
        with self.session() as session:
            assert session.query(models.PciDevice).filter_by(
                id=number).update(columns) == 1

    def rows(self):
        with self.session() as session:
            return tuple(nova_columns.read_row('cell', each)
                         for each in nova_book._rows(session))


@pytest.fixture
def table(tmp_path, monkeypatch):
    made = Table(tmp_path / 'cell.sqlite')

    @contextlib.contextmanager
    def target_cell(_context, cell):
        assert cell == 'the cell'
        yield made.context
    monkeypatch.setattr(corrections.nova_context, 'target_cell', target_cell)
    monkeypatch.setattr(nova_book, 'cell', {'cell': 'the cell'}.get)
    made.add(**PF)
    made.add(**VF)
    return made


def row_fix(table, status=ClaimState.AVAILABLE):
    pf, vf = table.rows()
    return fixes.RowFix(seen=pf, relatives=(vf,), status=status,
                        family=(vf.address,))


def test_a_row_that_is_as_it_was_becomes_free(table):
    fix = row_fix(table)
    corrections.make(fix)
    pf, vf = table.rows()
    assert vf == fix.relatives[0]
    assert dataclasses.replace(pf, updated=None) == Row(
        cell='cell', id=1, node_id=5, address='0000:81:00.0',
        dev_type='type-PF', vendor_id='8086', product_id='1572',
        status='available')
    assert pf.updated > fix.seen.updated


def extra_info(table, number):
    with table.session() as session:
        return json.loads(session.query(
            models.PciDevice.extra_info).filter_by(id=number).scalar())


@pytest.mark.parametrize('before', [
    {}, {charges.NOTE: '7 gone'}, {charges.NOTE: 'rubbish'}])
def test_what_an_owner_takes_is_noted_and_nothing_else(table, before):
    table.change(1, extra_info=json.dumps({'managed': 'true', **before}))
    pf, vf = table.rows()
    corrections.make(fixes.ChargeFix(seen=pf, takes=4000))
    assert extra_info(table, 1) == {
        'managed': 'true', charges.NOTE: '4000 gone'}
    after, other = table.rows()
    assert (after.charge, after.charged, other) == (4000, 'gone', vf)
    corrections.make(fixes.ChargeFix(seen=after, takes=0))
    assert extra_info(table, 1) == {'managed': 'true'}


def test_a_charge_is_not_noted_for_another_owner(table):
    pf, _ = table.rows()
    table.change(1, instance_uuid='i')
    assert refusal(corrections.make,
                   fixes.ChargeFix(seen=pf, takes=4000)) == CHANGED
    assert extra_info(table, 1) == {}


def test_a_row_that_becomes_free_takes_nothing(table):
    table.change(1, extra_info=json.dumps(
        {'managed': 'true', charges.NOTE: '7 gone'}))
    corrections.make(row_fix(table))
    assert extra_info(table, 1) == {'managed': 'true'}


def test_a_row_is_deleted_as_nova_deletes(table):
    corrections.make(row_fix(table, ClaimState.DELETED))
    assert [row.id for row in table.rows()] == [2]
    with table.session() as session:
        found = session.query(models.PciDevice).filter_by(id=1).one()
        assert (found.deleted, found.status, found.instance_uuid) == (
            1, 'deleted', None)
        assert found.deleted_at is not None


@pytest.mark.parametrize('change', [
    lambda table: table.change(1, status='claimed'),
    lambda table: table.change(1, instance_uuid='i'),
    lambda table: table.change(1, request_id='other'),
    lambda table: table.change(
        1, updated_at=THEN + datetime.timedelta(seconds=1)),
    lambda table: table.change(1, deleted=1),
    lambda table: table.change(2, status='claimed', instance_uuid='i'),
    lambda table: table.change(2, deleted=2),
    lambda table: table.change(2, updated_at=THEN),
    lambda table: table.add(**{**VF, 'id': 3, 'address': '0000:81:02.1'}),
    lambda table: table.change(2, parent_addr=None),
], ids=['status', 'owner', 'request', 'written again', 'deleted',
        'VF claimed', 'VF deleted', 'VF written', 'a VF more',
        'VF without parent'])
def test_a_row_stays_where_it_or_a_relative_has_changed(table, change):
    fix = row_fix(table)
    change(table)
    before = table.rows()
    assert refusal(corrections.make, fix) == CHANGED
    assert table.rows() == before


def test_a_second_repair_of_a_row_is_refused(table):
    """As of two people who repair at once."""
    fix = row_fix(table)
    corrections.make(fix)
    assert refusal(corrections.make, fix) == CHANGED


# Allocations.

FIX = fixes.AllocationFix(consumer='c', provider='card',
                          seen=(('GPU', 2),), units=(('GPU', 1),))
HELD = {'project_id': 'p', 'user_id': 'u', 'consumer_generation': 5,
        'allocations': {
            'card': {'resources': {'GPU': 2}, 'generation': 9},
            'node': {'resources': {'VCPU': 2}, 'generation': 1}}}
OTHERS = {'node': {'resources': {'VCPU': 2}}}


@pytest.mark.parametrize(('units', 'expected'), [
    ((('GPU', 1),), {**OTHERS, 'card': {'resources': {'GPU': 1}}}),
    ((), OTHERS)], ids=['some', 'none'])
def test_a_consumer_keeps_all_else_and_its_generation(units, expected):
    placement = answers.Placement({'/allocations/c': HELD})
    corrections._write_allocation(
        placement, dataclasses.replace(FIX, units=units))
    assert placement.written == [('/allocations/c', {
        'allocations': expected, 'project_id': 'p', 'user_id': 'u',
        'consumer_generation': 5})]


@pytest.mark.parametrize('held', [
    {**HELD, 'allocations': OTHERS}, {**HELD, 'allocations': {}},
    {**HELD, 'allocations': {**OTHERS, 'card': {'resources': {
        'GPU': 2, 'OTHER': 1}}}}],
    ids=['given back', 'gone', 'more classes'])
def test_a_consumer_that_has_changed_stays(held):
    placement = answers.Placement({'/allocations/c': held})
    assert (refusal(corrections._write_allocation, placement, FIX),
            placement.written) == (CHANGED, [])


def test_what_placement_knows_nothing_of_is_explained(monkeypatch):
    """Before anybody is asked: a consumer needs a project and a user."""
    placement = answers.Placement({'/allocations/c': {'allocations': {}}})
    monkeypatch.setattr(corrections.placement_book, 'client',
                        lambda: placement)
    assert refusal(corrections.prepare, dataclasses.replace(FIX, seen=())) == (
        'c has nothing at all in Placement, which does not know its project '
        'then; nova-manage placement heal_allocations --instance c makes '
        'what its flavor asks for, and the next audit adds the devices; '
        'nothing was written')


# Providers.

CARD = Provider(uuid='card', name='h_0000:41:00.0', root='node', generation=4,
                one_time_use=True, stocks=(Stock(
                    resource_class='GPU', total=1),))
OF_CARD = {
    '/resource_providers/card': {
        'uuid': 'card', 'name': 'h_0000:41:00.0', 'generation': 4,
        'root_provider_uuid': 'node'},
    '/resource_providers/card/inventories': {
        'resource_provider_generation': 4,
        'inventories': {'GPU': {'total': 1, 'reserved': 0}}},
    '/resource_providers/card/allocations': {
        'resource_provider_generation': 4, 'allocations': {}}}


def test_a_provider_goes_by_its_generation():
    placement = answers.Placement(OF_CARD)
    corrections._delete_provider(placement, fixes.ProviderFix(seen=CARD))
    assert placement.written == [
        ('/resource_providers/card/inventories', {
            'resource_provider_generation': 4, 'inventories': {}}),
        ('/resource_providers/card', None)]


@pytest.mark.parametrize('seen', [
    dataclasses.replace(CARD, generation=3),
    dataclasses.replace(CARD, name='h_0000:42:00.0'),
    dataclasses.replace(CARD, root='other'),
    dataclasses.replace(CARD, stocks=()),
    dataclasses.replace(CARD, allocations=(Allocation(
        consumer='c', resource_class='GPU', used=1),))],
    ids=['generation', 'name', 'root', 'inventories', 'allocations'])
def test_a_provider_that_has_changed_stays(seen):
    placement = answers.Placement(OF_CARD)
    assert (refusal(corrections._delete_provider, placement,
                    fixes.ProviderFix(seen=seen)),
            placement.written) == (CHANGED, [])


def test_a_provider_that_changes_at_the_last_moment_stays():
    """Placement refuses the inventories, and nothing is deleted."""
    placement = answers.Placement(OF_CARD, 409)
    assert (refusal(corrections._delete_provider, placement,
                    fixes.ProviderFix(seen=CARD)),
            [url for url, _ in placement.written]) == (
        CHANGED, ['/resource_providers/card/inventories'])


@pytest.mark.parametrize(('status', 'message'), [
    (409, CHANGED),
    (403, 'Placement answers 403; nothing was written'),
    (500, 'Placement answers 500; the next audit says whether it was '
          'written')])
def test_a_write_that_is_refused_is_said(status, message):
    placement = answers.Placement({'/allocations/c': HELD, **OF_CARD}, status)
    for write, fix in ((corrections._write_allocation, FIX),
                       (corrections._delete_provider,
                        fixes.ProviderFix(seen=CARD))):
        assert refusal(write, placement, fix) == message


# Ports.

class Neutron:
    """Has one port."""

    def __init__(self, **values):
        self.port = {
            'id': 'p', 'revision_number': 4, 'device_id': '',
            'binding:host_id': 'h', 'binding:profile': {
                'pci_slot': '0000:81:02.3', 'trusted': 'true', 'mine': 1},
            **values}
        self.written = []

    def show_port(self, port):
        """Answer."""
        return {'port': self.port}

    def update_port(self, port, body, revision_number=None):
        """Remember."""
        self.written.append((port, body, revision_number))


@pytest.fixture
def network(monkeypatch):
    """Return a port of nobody that names a device, and its Neutron."""
    made = Neutron()
    monkeypatch.setattr(neutron_book, 'client', lambda: made)
    return made


def cleared(network):
    return corrections.prepare(fixes.ProfileFix(
        seen=neutron_book.port(network.port)))


def test_a_port_is_shown_before_it_is_written(network):
    fix = cleared(network)
    assert fixes.words(fix) == (
        'profile of port p: pci_slot "0000:81:02.3" -> none; trusted "true" '
        '-> none; mine as before')
    assert network.written == []
    corrections.make(fix)
    assert network.written == [
        ('p', {'port': {'binding:profile': {'mine': 1}}}, 4)]


def test_a_port_gets_what_nova_says_of_its_device(network, monkeypatch):
    monkeypatch.setattr(corrections, '_described', lambda row: {
        'pci_slot': row.address, 'pci_vendor_info': '8086:154c'})
    fix = corrections.prepare(fixes.ProfileFix(
        seen=neutron_book.port(network.port), row=Row(
            id=2, node_id=5, address='0000:81:02.1', dev_type='type-VF',
            vendor_id='8086', product_id='154c', status='allocated')))
    corrections.make(fix)
    assert network.written == [('p', {'port': {'binding:profile': {
        'mine': 1, 'trusted': 'true', 'pci_slot': '0000:81:02.1',
        'pci_vendor_info': '8086:154c'}}}, 4)]


@pytest.mark.parametrize('values', [
    {'revision_number': 5}, {'device_id': 'server-now'},
    {'binding:host_id': 'other'},
    {'binding:profile': {'pci_slot': '0000:81:02.4'}},
    {'binding:profile': {'pci_slot': '0000:81:02.3', 'trusted': 'false',
                         'mine': 1}},
], ids=['revision', 'owner', 'host', 'device', 'another key'])
def test_a_port_that_has_changed_stays(network, values):
    fix = cleared(network)
    network.port |= values
    assert (refusal(corrections.make, fix), network.written) == (CHANGED, [])


def test_a_port_without_revisions_is_not_written(network):
    del network.port['revision_number']
    assert refusal(cleared, network) == (
        'Neutron does not count the revisions of the port, so no write is '
        'safe; nothing was written')


@pytest.mark.parametrize(('error', 'message'), [
    (client_errors.Conflict(), 'Neutron refuses it (Conflict); nothing was '
                               'written'),
    (client_errors.ServiceUnavailable(),
     'Neutron refuses it (ServiceUnavailable); the next audit says whether '
     'it was written')])
def test_a_port_that_neutron_does_not_write_is_said(network, error, message):
    def update_port(*_, **__):
        raise error
    fix = cleared(network)
    network.update_port = update_port
    assert refusal(corrections.make, fix) == message


# What is beyond the process fails; what is in it surfaces.

def down(error):
    def fail(*_, **__):
        raise error
    return fail


def test_a_port_that_is_gone_is_said(network):
    fix = cleared(network)
    network.show_port = down(client_errors.PortNotFoundClient())
    assert refusal(corrections.prepare, fix) == (
        'Neutron: no answer (PortNotFoundClient); nothing was written')


@pytest.mark.parametrize(('error', 'name'), [
    (ks_exceptions.ConnectFailure(), 'ConnectFailure'),
    (db_exception.DBDeadlock(), 'DBDeadlock'),
    (ConnectionResetError(), 'ConnectionResetError')])
def test_a_service_that_ends_in_the_middle_is_no_refusal(
        monkeypatch, error, name):
    """Whether Placement has written before it ended, nobody knows."""
    placement = answers.Placement({'/allocations/c': HELD})
    placement.put = down(error)
    monkeypatch.setattr(corrections.placement_book, 'client',
                        lambda: placement)
    assert refusal(corrections.make, FIX) == (
        f'Placement: no answer ({name}); the next audit says whether it was '
        'written')


def test_a_fault_of_the_program_surfaces(monkeypatch):
    placement = answers.Placement({'/allocations/c': HELD})
    placement.put = down(TypeError('ours'))
    monkeypatch.setattr(corrections.placement_book, 'client',
                        lambda: placement)
    with pytest.raises(TypeError, match='ours'):
        corrections.make(FIX)


def test_an_answer_that_placement_does_not_give_is_said(monkeypatch):
    placement = answers.Placement({'/allocations/c': {'allocations': []}})
    monkeypatch.setattr(corrections.placement_book, 'client',
                        lambda: placement)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        corrections.make(FIX)
    assert str(caught.value) == (
        "Placement: an answer is not as Placement writes it: '[]'")
