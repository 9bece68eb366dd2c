# SPDX-License-Identifier: Apache-2.0

"""What of a cloud could not be read is said, and is not taken for nothing."""

import types

import pytest
from keystoneauth1 import exceptions as ks_exceptions
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.bookkeeping import machine_book
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import reading
from nova_pci_ext.explaining import databases

pytestmark = pytest.mark.nova

NODES = [Node(id=1, host='h1', name='h1', uuid='n1'),
         Node(id=2, host='h2', name='h2', uuid='n2')]


def fail(error):
    """Return what fails, whatever it is called with."""
    def call(*_, **__):
        raise error
    return call


@pytest.fixture
def services(monkeypatch):
    """Services that have nothing, to break one of them."""
    for module in (reading.placement_book, reading.neutron_book):
        monkeypatch.setattr(module, 'client', lambda: None)
        monkeypatch.setattr(module, 'read', lambda *_, **__: ())
    return monkeypatch


def beside(host=None, machine=((), ()), identity='n1'):
    return reading._Beside(reading.Source(
        host=host, this_host='h1', identity=lambda: identity,
        read_local=lambda name: (
            Machine(host=name, guests=(), devices=()), machine[1])), NODES)


@pytest.mark.parametrize('identity', [None, 'n2', 'another'])
def test_a_machine_that_only_has_the_name_is_not_read(services, identity):
    """As with a copy of the configuration on a controller."""
    found = beside(identity=identity)
    assert (found.machines, found.unread) == ((), (
        'the devices and guests of h1: this machine has the name, and not '
        'the compute_id of its compute node; run nova-pci audit on that '
        'host, with the configuration files of its nova-compute',))


def test_a_machine_is_known_by_the_file_of_its_nova_compute(
        monkeypatch, tmp_path):
    uuid = '8a1f5c6e-3c3b-4c8d-9c43-5d8f2f1f6a01'
    monkeypatch.setattr(machine_book.node, 'CONF', types.SimpleNamespace(
        config_file=[str(tmp_path / 'nova.conf')], state_path='/nowhere'))
    assert machine_book.identity() is None
    (tmp_path / 'compute_id').write_text(f'{uuid}\n')
    assert machine_book.identity() == uuid
    (tmp_path / 'compute_id').write_text('?')
    assert machine_book.identity() is None


def test_what_is_not_asked_for_is_left_out(services):
    found = beside()
    assert (found.unread, found.left_out) == ((), (
        'devices and guests of h2: run nova-pci audit --host h2 there',))


@pytest.mark.parametrize(('error', 'said'), [
    (ks_exceptions.MissingAuthPlugin(), 'no answer (MissingAuthPlugin); [{}] '
     'of the configuration has nothing to log in with'),
    (ConnectionRefusedError(), 'no answer (ConnectionRefusedError)')])
@pytest.mark.parametrize(('module', 'name'), [
    ('placement_book', 'Placement'), ('neutron_book', 'Neutron')])
def test_a_service_that_is_down_is_unread(services, module, name, error,
                                          said):
    services.setattr(getattr(reading, module), 'client', fail(error))
    assert beside().unread == (f'{name}: {said.format(name.lower())}',)


def test_an_answer_that_is_none_is_unread(services):
    services.setattr(reading.placement_book, 'read', fail(
        exceptions.DiscoveryError('Placement', 'status 500')))
    found = beside()
    assert (found.providers, found.unread) == (
        None, ('Placement: status 500',))


def test_a_host_that_is_not_read_whole_is_unread(services):
    found = beside(machine=((), ('the guests of h1: no libvirt',)))
    assert found.unread == ('the guests of h1: no libvirt',)


def test_a_fault_of_the_program_surfaces(services):
    services.setattr(reading.placement_book, 'read', fail(KeyError('ours')))
    with pytest.raises(KeyError):
        beside()


# Cells.

class Cell(types.SimpleNamespace):
    """A cell mapping."""

    def is_cell0(self):
        return self.name == 'cell0'


@pytest.fixture
def cells(monkeypatch):
    """Three cells: cell0, one, and one that is disabled."""
    found = [Cell(name='cell0', disabled=False, uuid='0'),
             Cell(name='one', disabled=False, uuid='1'),
             Cell(name='two', disabled=True, uuid='2')]
    monkeypatch.setattr(objects.CellMappingList, 'get_all',
                        lambda context: found)
    return found


def test_a_disabled_cell_has_its_computes(cells):
    assert [cell.name for cell in nova_book.cells()] == ['one', 'two']


@pytest.mark.parametrize(('disabled', 'asked'), [
    (False, ['one']), (True, ['one', 'two'])])
def test_whoever_reads_a_disabled_cell_asks_it(cells, monkeypatch, disabled,
                                               asked):
    seen = []
    monkeypatch.setattr(databases, '_ask_cell',
                        lambda cell: seen.append(cell.name))
    databases.check_cells(disabled=disabled)
    assert sorted(seen) == asked


def test_an_audit_asks_all_cells(monkeypatch):
    class Asked(Exception):
        """Ends the reading."""
    seen = []

    def check_cells(**words):
        seen.append(words)
        raise Asked
    monkeypatch.setattr(reading.databases, 'check_cells', check_cells)
    with pytest.raises(Asked):
        reading.Source(host=None, this_host='h').read()
    assert seen == [{'disabled': True}]


# Reading again.

@pytest.mark.parametrize(('host', 'again', 'hosts'), [
    (None, 'h1', ['h1']), (None, '', [None]), (None, 'gone', ['gone', None]),
    ('h1', 'h2', ['h1'])], ids=['one host', 'all', 'no node', 'as asked'])
def test_what_a_repair_rests_on_is_read(monkeypatch, host, again, hosts):
    seen = []

    def read(source):
        seen.append(source.host)
        return types.SimpleNamespace(nodes=[
            node for node in NODES if source.host in (None, node.host)])
    monkeypatch.setattr(reading.Source, 'read', read)
    reading.Source(host=host, this_host='h1').read_again(again)
    assert seen == hosts
