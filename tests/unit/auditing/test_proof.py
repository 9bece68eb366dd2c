# SPDX-License-Identifier: Apache-2.0

"""What a guest may have stays, whichever book says so."""

import dataclasses

import pytest

from nova_pci_ext.auditing import proof
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.ledger import Ledger
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A

GUEST_A = f'instance-{A.uuid[:8]}'


def held(books, address, host='h0'):
    """Return why the device of a row is not free."""
    return proof.held(Ledger(books), audit_lies.row_at(books, host, address))


def stray(address):
    """Return a cloud where nobody has the device of a stranger."""
    return audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', address, status='allocated',
        owner=audit_lies.STRANGER)


def with_guest(books, host='h0', **values):
    """Add a guest that is no instance."""
    return audit_lies.machine(books, host, guests=(
        *audit_lies.machine_of(books, host).guests,
        Guest(**{'uuid': 'u', 'name': 'by-hand', 'running': True, **values})))


def test_a_device_of_nobody_is_free():
    assert held(stray(audit_lies.FREE_GPU), audit_lies.FREE_GPU) == ''


@pytest.mark.parametrize(('values', 'why'), [
    ({'guests': None}, 'the guests of h0 were not listed; run nova-pci audit '
                       '--host h0 --repair there'),
    ({'devices': None}, 'the devices of h0 were not read')])
def test_what_was_not_read_proves_nothing(values, why):
    books = audit_lies.machine(stray(audit_lies.FREE_GPU), 'h0', **values)
    assert held(books, audit_lies.FREE_GPU) == why


@pytest.mark.parametrize('running', [True, False])
def test_a_guest_that_could_not_be_followed_stops_all(running):
    books = with_guest(stray(audit_lies.FREE_GPU), running=running,
                       complete=False)
    assert held(books, audit_lies.FREE_GPU) == (
        'guest by-hand (u) of h0 has a device that could not be followed to '
        'an address')


@pytest.mark.parametrize('values', [
    {'hostdevs': (audit_lies.FREE_GPU,)}, {'netdevs': (audit_lies.FREE_GPU,)},
    {'parts': (audit_lies.FREE_GPU,)},
    {'hostdevs': (audit_lies.FREE_GPU.upper(),), 'running': False}])
def test_whoever_has_a_device_keeps_it(values):
    books = with_guest(stray(audit_lies.FREE_GPU), **values)
    assert held(books, audit_lies.FREE_GPU) == (
        f'guest by-hand has {audit_lies.FREE_GPU}')


def test_a_row_of_another_form_is_the_same_device():
    gpu = '0000:0A:00.0'
    books = audit_lies.rewrite(stray(audit_lies.FREE_GPU), 'h0',
                               audit_lies.FREE_GPU, address=gpu)
    books = with_guest(books, hostdevs=(gpu.lower(),))
    assert held(books, gpu) == f'guest by-hand has {gpu.lower()}'


def test_the_guest_of_an_owner_keeps_what_the_owner_has():
    """Whatever it has: a way to a device that we do not know, for one."""
    books = with_guest(stray(audit_lies.FREE_GPU), uuid=audit_lies.STRANGER)
    assert held(books, audit_lies.FREE_GPU) == (
        f'guest by-hand of its owner {audit_lies.STRANGER} runs')
    books = with_guest(stray(audit_lies.FREE_GPU), running=False,
                       uuid=audit_lies.STRANGER)
    assert held(books, audit_lies.FREE_GPU) == ''


def test_a_pf_is_had_with_its_vf_by_rows():
    assert held(stray(audit_lies.PF_A), audit_lies.PF_A) == (
        f'guest {GUEST_A} has {audit_lies.PORT_VF_A}')


def without_row(books, address):
    return audit_lies.drop(books, 'rows', lambda row: (
        row.node_id, row.address) == (1, address))


def test_a_pf_is_had_with_a_vf_that_has_no_row():
    """Only the host says whose VF it is."""
    books = stray(audit_lies.PF_A)
    for vf in (audit_lies.PORT_VF_A, audit_lies.PORT_VF_B):
        books = without_row(books, vf)
    assert held(books, audit_lies.PF_A) == (
        f'guest {GUEST_A} has {audit_lies.PORT_VF_A}')


def test_a_vf_is_had_with_a_pf_that_has_no_row():
    vf = audit_lies.FREE_VF
    books = audit_lies.guests(stray(vf), 'h0', A, hostdevs=lambda each: (
        f'{audit_scenes.ALIAS}.0',))
    assert held(books, vf) == (
        f'guest {GUEST_A} has {audit_scenes.ALIAS}.0')


def test_a_family_is_the_union_of_rows_and_host():
    """The row names one PF, and the host another, which a guest has."""
    vf = audit_lies.FREE_VF
    books = audit_lies.machine(stray(vf), 'h0', devices=(
        *audit_lies.machine_of(stray(vf), 'h0').devices,
        MachineDevice(address='0000:07:00.0', dev_type='type-PF',
                      vendor_id='a', product_id='b')))
    books = audit_lies.devices(books, 'h0', lambda each: dataclasses.replace(
        each, parent='0000:07:00.0') if each.address == vf else each)
    assert held(books, vf) == ''
    books = with_guest(books, hostdevs=('0000:07:00.0',))
    assert held(books, vf) == 'guest by-hand has 0000:07:00.0'


@pytest.mark.parametrize('values', [
    {'status': 'claimed', 'owner': None},
    {'status': 'available', 'owner': A.uuid}], ids=['owned', 'named'])
def test_a_relative_that_somebody_may_own_is_kept(values):
    books = audit_lies.guests(stray(audit_lies.PF_A), 'h0', A,
                              hostdevs=lambda each: ())
    books = audit_lies.guests(books, 'h0', audit_scenes.B,
                              hostdevs=lambda each: ())
    books = audit_lies.rewrite(books, 'h0', audit_lies.PORT_VF_A, **values)
    assert held(books, audit_lies.PF_A) == (
        f'{values["owner"] or "nobody"} owns {audit_lies.PORT_VF_A}')


def test_a_row_of_another_node_of_the_host_counts():
    gpu = audit_lies.FREE_GPU
    books = audit_lies.add(stray(gpu), 'nodes', Node(
        id=77, host='h0', name='renamed', uuid='n'))
    twin = dataclasses.replace(audit_lies.row_at(books, 'h0', gpu), id=7700,
                               node_id=77, owner=A.uuid)
    owned = audit_lies.add(books, 'rows', twin)
    assert held(owned, gpu) == f'{A.uuid} owns {gpu}'
    free = audit_lies.add(books, 'rows', dataclasses.replace(
        twin, owner=None, status='available'))
    row = audit_lies.row_at(free, 'h0', gpu)
    assert (held(free, gpu), proof.doubled(Ledger(free), row)) == (
        '', 'row 7700 has the same address')


def test_what_an_instance_may_lack_is_kept():
    books = audit_lies.rewrite(audit_scenes.known_cloud(), 'h0',
                               audit_lies.GPU_A, status='available')
    books = audit_lies.guests(books, 'h0', A, hostdevs=lambda each: ())
    why = f'instance {A.uuid} lacks a device, which may be this one'
    assert held(books, audit_lies.GPU_A).startswith(f'guest {GUEST_A} of its')
    stopped = audit_lies.guests(books, 'h0', A, running=lambda each: False)
    assert held(stopped, audit_lies.GPU_A) == why
    unreadable = audit_lies.change(
        stopped, 'instances', lambda each: each.uuid == A.uuid, requests=None)
    assert held(unreadable, audit_lies.GPU_A) == (
        f'the PCI requests of instance {A.uuid} cannot be read')
    moving = audit_lies.change(
        stopped, 'instances', lambda each: each.uuid == A.uuid,
        task_state='migrating')
    assert held(moving, audit_lies.GPU_A) == (
        f'something is being done with {A.uuid}')


def surplus(books, *addresses):
    return proof.surplus(Ledger(books), 'h0',
                         [('h0', each) for each in addresses])


def test_an_allocation_may_keep_what_is_had_and_not_owned():
    books = audit_scenes.known_cloud()
    assert surplus(books, audit_lies.VF_A, audit_lies.FREE_VF) == ''
    taken = with_guest(books, parts=(f'{audit_scenes.ALIAS}.0',))
    assert surplus(taken, audit_lies.FREE_VF) == (
        f'guest by-hand has {audit_scenes.ALIAS}.0, which it does not own')
    freed = audit_lies.rewrite(books, 'h0', audit_lies.VF_A, owner=None,
                               status='available')
    assert surplus(freed, audit_lies.VF_A) == (
        f'guest {GUEST_A} has {audit_lies.VF_A}, which it does not own')
    assert surplus(with_guest(books, complete=False),
                   audit_lies.FREE_VF).startswith('guest by-hand (u) of h0')
