# SPDX-License-Identifier: Apache-2.0

"""Lies in the books of ``audit_scenes.known_cloud``, and what they are."""

import dataclasses

from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Migration
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_scenes as scenes
from tests.audit_scenes import A
from tests.audit_scenes import B
from tests.audit_scenes import C
from tests.audit_scenes import D

STRANGER = scenes.name_of('nobody')
LIES = []


def lie(*expected):
    """Note a lie, and what is to be found: (kind, host, device).

    A device that depends on the cloud is found by what the lie returns.
    """
    def note(function):
        LIES.append((function.__name__, function, expected))
        return function
    return note


def change(books, book, which, **values):
    """Change the entries of one book that fit."""
    old = getattr(books, book)
    new = tuple(dataclasses.replace(each, **values) if which(each) else each
                for each in old)
    assert any(map(which, old))
    return dataclasses.replace(books, **{book: new})


def add(books, book, *entries):
    """Add entries to one book."""
    return dataclasses.replace(
        books, **{book: (*getattr(books, book), *entries)})


def drop(books, book, which):
    """Take entries out of one book."""
    new = tuple(each for each in getattr(books, book) if not which(each))
    assert new != getattr(books, book)
    return dataclasses.replace(books, **{book: new})


def row_at(books, host, address):
    """Return the row of a place."""
    node = next(each.id for each in books.nodes if each.host == host)
    return next(row for row in books.rows
                if (row.node_id, row.address) == (node, address))


def rewrite(books, host, address, /, **values):
    """Change one row."""
    wanted = row_at(books, host, address)
    return change(books, 'rows', lambda row: row is wanted, **values)


def provider_at(books, host, address):
    """Return the provider of a card."""
    return next(each for each in books.providers
                if each.name == f'{host}.example_{address.upper()}')


def restock(books, host, address, **values):
    """Change one provider."""
    wanted = provider_at(books, host, address)
    return change(books, 'providers', lambda each: each is wanted, **values)


def machine_of(books, host):
    """Return one machine."""
    return next(each for each in books.machines if each.host == host)


def machine(books, host, **values):
    """Change one machine."""
    return change(books, 'machines', lambda each: each.host == host, **values)


def devices(books, host, change_one):
    """Change, or leave out, devices of one machine."""
    found = machine_of(books, host)
    new = [change_one(each) for each in found.devices]
    return machine(books, host, devices=tuple(filter(None, new)))


def guests(books, host, server, **values):
    """Change the guest of a server."""
    found = machine_of(books, host)
    return machine(books, host, guests=tuple(
        dataclasses.replace(each, **{key: value(each) for key, value
                                     in values.items()})
        if each.uuid == server.uuid else each for each in found.guests))


def allocate(provider, consumer, used=1):
    """Return the allocations of a provider with one more."""
    others = [each for each in provider.allocations
              if each.consumer != consumer]
    if used:
        others.append(Allocation(
            consumer=consumer, used=used,
            resource_class=provider.stocks[0].resource_class))
    return tuple(others)


def has(books, server, of):
    """Return a device of a server, by the beginning of its address."""
    return next(row.address for row in books.rows
                if row.owner == server.uuid and row.address.startswith(of))


GPU_A, GPU_B = scenes.gpu(0), scenes.gpu(1)
FREE_GPU = scenes.gpu(3)
VF_A, VF_B = (scenes.vf_address(scenes.ALIAS, each) for each in (0, 1))
FREE_VF = scenes.vf_address(scenes.ALIAS, 4)
PORT_VF_A, PORT_VF_B = (scenes.vf_address(scenes.PORTS, each)
                        for each in (0, 1))
FREE_PORT_VF = scenes.vf_address(scenes.PORTS, 4)
PF_A, PF_C = f'{scenes.PORTS}.0', f'{scenes.OTHER}.0'
VF_C = scenes.vf_address(scenes.OTHER, 0)


# Rows.

@lie((Kind.UNREADABLE_ROW, 'h0', 'rubbish'))
def address_that_is_none(books):
    return rewrite(books, 'h0', FREE_GPU, address='rubbish')


@lie((Kind.UNREADABLE_ROW, 'h0', GPU_A))
def status_that_is_none(books):
    return rewrite(books, 'h0', GPU_A, status='lent')


@lie((Kind.UNREADABLE_ROW, 'h0', FREE_VF))
def type_that_is_none(books):
    return rewrite(books, 'h0', FREE_VF, dev_type='type-XY')


@lie((Kind.UNREADABLE_ROW, 'h0', FREE_PORT_VF))
def vf_without_parent(books):
    return rewrite(books, 'h0', FREE_PORT_VF, parent=None)


@lie((Kind.ROW_OF_DELETED_NODE, 'old', '0000:99:00.0'))
def row_of_a_node_that_is_deleted(books):
    books = add(books, 'nodes', Node(
        id=99, host='old', name='old.example', deleted=True,
        uuid=scenes.name_of('node', 'old')))
    return add(books, 'rows', Row(
        id=9900, node_id=99, address='0000:99:00.0', dev_type='type-PCI',
        vendor_id='10de', product_id='20b0', status='available'))


@lie((Kind.TWIN_ROWS, 'h0', FREE_GPU))
def two_rows_of_an_address(books):
    twin = dataclasses.replace(row_at(books, 'h0', FREE_GPU), id=99999)
    return add(books, 'rows', twin)


@lie((Kind.REMOVED_ROW, 'h0', FREE_GPU))
def row_that_is_removed_and_there(books):
    return rewrite(books, 'h0', FREE_GPU, status='removed')


@lie((Kind.STATUS_AND_OWNER, 'h0', FREE_GPU))
def owned_by_nobody(books):
    return rewrite(books, 'h0', FREE_GPU, status='allocated')


@lie((Kind.STATUS_AND_OWNER, 'h0', GPU_A))
def free_and_of_somebody(books):
    return rewrite(books, 'h0', GPU_A, status='available')


@lie((Kind.OWNER_NOT_THERE, 'h0', FREE_GPU))
def owned_by_a_stranger(books):
    return rewrite(books, 'h0', FREE_GPU, status='allocated', owner=STRANGER,
                   request_id='r')


@lie((Kind.OWNER_NOT_THERE, 'h0', GPU_A))
def taken_over_by_a_stranger(books):
    return rewrite(books, 'h0', GPU_A, owner=STRANGER)


@lie((Kind.OWNER_NOT_THERE, 'h0', FREE_PORT_VF))
def vf_of_a_port_claimed_by_a_stranger(books):
    return rewrite(books, 'h0', FREE_PORT_VF, status='claimed',
                   owner=STRANGER)


@lie((Kind.OWNER_NOT_THERE, 'h1', PF_A))
def pf_of_a_stranger(books):
    return rewrite(books, 'h1', PF_A, status='allocated', owner=STRANGER)


@lie((Kind.OWNER_ELSEWHERE, 'h1', FREE_GPU))
def left_behind_by_a_move(books):
    row = row_at(books, 'h0', GPU_A)
    return rewrite(books, 'h1', FREE_GPU, status='allocated', owner=A.uuid,
                   request_id=row.request_id)


@lie((Kind.PF_AND_VF_OWNED, 'h0', PF_A))
def pf_of_owned_vfs_is_owned_too(books):
    row = row_at(books, 'h0', GPU_B)
    return rewrite(books, 'h0', PF_A, status='allocated', owner=B.uuid,
                   request_id=row.request_id)


@lie((Kind.PF_AND_VF_OWNED, 'h0', VF_C))
def vf_of_an_owned_pf_is_owned_too(books):
    row = row_at(books, 'h0', PF_C)
    return rewrite(books, 'h0', VF_C, status='allocated', owner=C.uuid,
                   request_id=row.request_id)


@lie((Kind.ROW_WITHOUT_REQUEST, 'h0', FREE_GPU))
def owned_for_a_request_that_is_not_there(books):
    return rewrite(books, 'h0', FREE_GPU, status='allocated', owner=A.uuid,
                   request_id='another')


@lie((Kind.ROW_WITHOUT_REQUEST, 'h0', GPU_A))
def given_to_another_server(books):
    return rewrite(books, 'h0', GPU_A, owner=B.uuid)


@lie((Kind.TOO_MANY_ROWS, 'h0', FREE_GPU))
def more_than_was_asked_for(books):
    row = row_at(books, 'h0', GPU_A)
    return rewrite(books, 'h0', FREE_GPU, status='allocated', owner=A.uuid,
                   request_id=row.request_id)


@lie((Kind.CLAIM_LEFT, 'h0', GPU_A))
def claimed_for_ever(books):
    return rewrite(books, 'h0', GPU_A, status='claimed')


@lie((Kind.FREE_ROW_IN_USE, 'h0', GPU_A))
def freed_under_its_server(books):
    return rewrite(books, 'h0', GPU_A, status='available', owner=None,
                   request_id=None)


@lie((Kind.FREE_ROW_IN_USE, 'h0', PORT_VF_A))
def freed_under_its_port(books):
    return rewrite(books, 'h0', PORT_VF_A, status='available', owner=None,
                   request_id=None)


@lie((Kind.SET_ASIDE_FOR_NOBODY, 'h1', FREE_PORT_VF))
def vf_set_aside_for_nobody(books):
    return rewrite(books, 'h1', FREE_PORT_VF, status='unavailable')


@lie((Kind.SET_ASIDE_FOR_NOBODY, 'h1', PF_A))
def pf_set_aside_for_nobody(books):
    return rewrite(books, 'h1', PF_A, status='unclaimable')


@lie((Kind.FREE_BESIDE_OWNED, 'h0', PF_A))
def pf_free_beside_an_owned_vf(books):
    return rewrite(books, 'h0', PF_A, status='available')


@lie((Kind.FREE_BESIDE_OWNED, 'h0', VF_C))
def vf_free_beside_its_owned_pf(books):
    return rewrite(books, 'h0', VF_C, status='available')


@lie((Kind.DEVICE_HELD, 'h0', GPU_A))
def held_for_its_owner(books):
    return rewrite(books, 'h0', GPU_A, held='another device is there now')


@lie((Kind.CHARGE_DIFFERS, 'h0', VF_A))
def owner_without_its_charge(books):
    return taking(books, 4000)


@lie((Kind.CHARGE_DIFFERS, 'h0', VF_A))
def charge_of_another_number(books):
    return rewrite(taking(books, 4000), 'h0', VF_A, charge=2500,
                   charged=A.uuid)


@lie((Kind.CHARGE_DIFFERS, 'h0', VF_A))
def charge_of_the_owner_before(books):
    return rewrite(taking(books, 4000), 'h0', VF_A, charge=4000,
                   charged=B.uuid)


def taking(books, mbps):
    """Let A take of the budget of a PF for its only VF."""
    request = scenes.name_of('a', 'vf')
    return change(books, 'instances', lambda each: each.uuid == A.uuid,
                  requests=tuple(
                      dataclasses.replace(each, takes=mbps)
                      if each.request_id == request else each
                      for each in A.requests))


@lie((Kind.DEVICE_UNCLEAN, 'h0', FREE_GPU))
def what_a_server_has_left(books):
    return rewrite(books, 'h0', FREE_GPU, unclean='VLAN 7')


@lie((Kind.ANOTHER_DEVICE, 'h0', FREE_GPU))
def ids_of_another_product(books):
    return rewrite(books, 'h0', FREE_GPU, product_id='20b2')


@lie((Kind.OWNED_DEVICE_GONE, 'h0', '0000:99:00.0'))
def owned_address_that_is_not_there(books):
    return rewrite(books, 'h0', GPU_A, address='0000:99:00.0')


# Instances and requests.

@lie((Kind.UNREADABLE_REQUESTS, 'h0', ''))
def requests_that_cannot_be_read(books):
    return change(books, 'instances', lambda each: each.uuid == A.uuid,
                  requests=None)


@lie((Kind.REQUESTS_WITHOUT_ROWS, 'h0', ''))
def one_more_than_it_has(books):
    return _request(books, 'gpu', count=2)


@lie((Kind.ROW_WITHOUT_REQUEST, 'h0', GPU_A))
def request_of_another_name(books):
    return _request(books, 'gpu', request_id='another')


def _request(books, kind, **values):
    wanted = scenes.name_of('a', kind)
    found = next(each for each in books.instances if each.uuid == A.uuid)
    return change(
        books, 'instances', lambda each: each is found, requests=tuple(
            dataclasses.replace(each, **values)
            if each.request_id == wanted else each
            for each in found.requests))


@lie((Kind.OWNER_NOT_THERE, 'h1', scenes.DISK))
def server_that_is_gone(books):
    return drop(books, 'instances', lambda each: each.uuid == D.uuid)


# The host.

@lie((Kind.FEWER_VFS, 'h1', f'{scenes.ALIAS}.0'))
def fewer_vfs_than_rows(books):
    def without(device):
        if device.address == f'{scenes.ALIAS}.0':
            return dataclasses.replace(device, num_vfs=device.num_vfs - 1)
        return None if device.address == FREE_VF else device
    return devices(books, 'h1', without)


@lie((Kind.OWNED_DEVICE_GONE, 'h0', GPU_B))
def owned_device_that_vanished(books):
    return devices(books, 'h0', lambda each: None
                   if each.address == GPU_B else each)


@lie((Kind.FREE_DEVICE_GONE, 'h0', FREE_GPU))
def free_device_that_vanished(books):
    return devices(books, 'h0', lambda each: None
                   if each.address == FREE_GPU else each)


@lie((Kind.ANOTHER_DEVICE, 'h0', GPU_B))
def another_card_at_the_address(books):
    return devices(books, 'h0', lambda each: dataclasses.replace(
        each, vendor_id='1002') if each.address == GPU_B else each)


@lie((Kind.ANOTHER_DEVICE, 'h1', FREE_PORT_VF))
def vf_of_another_pf(books):
    return devices(books, 'h1', lambda each: dataclasses.replace(
        each, parent=f'{scenes.OTHER}.0')
        if each.address == FREE_PORT_VF else each)


@lie((Kind.DRIVER, 'h0', GPU_A))
def running_guest_with_a_driver_of_the_host(books):
    return devices(books, 'h0', lambda each: dataclasses.replace(
        each, driver='nvidia', for_guests=False)
        if each.address == GPU_A else each)


@lie((Kind.DRIVER, 'h0', FREE_GPU))
def unmanaged_with_a_driver_of_the_host(books):
    return rewrite(books, 'h0', FREE_GPU, managed=False)


# Guests.

@lie((Kind.TWO_GUESTS, 'h0', GPU_A))
def two_guests_with_one_device(books):
    return guests(books, 'h0', B, hostdevs=lambda each: (
        *each.hostdevs, GPU_A))


@lie((Kind.GUEST_UNKNOWN, 'h0', FREE_GPU))
def guest_of_somebody_else(books):
    found = machine_of(books, 'h0')
    return machine(books, 'h0', guests=(*found.guests, Guest(
        uuid=STRANGER, name='by-hand', running=True, hostdevs=(FREE_GPU,))),
        devices=tuple(dataclasses.replace(each, for_guests=True)
                      if each.address == FREE_GPU else each
                      for each in found.devices))


@lie((Kind.GUEST_OF_OTHER, 'h0', GPU_B), (Kind.NOT_IN_GUEST, 'h0', GPU_A))
def guest_with_the_device_of_another(books):
    books = guests(books, 'h0', B, hostdevs=lambda each: tuple(
        address for address in each.hostdevs if address != GPU_B))
    return guests(books, 'h0', A, hostdevs=lambda each: tuple(
        GPU_B if address == GPU_A else address for address in each.hostdevs))


@lie((Kind.GUEST_HAS_FREE_DEVICE, 'h0', FREE_VF))
def guest_with_a_free_device(books):
    books = guests(books, 'h0', A, hostdevs=lambda each: (
        *each.hostdevs, FREE_VF))
    return devices(books, 'h0', lambda each: dataclasses.replace(
        each, for_guests=True) if each.address == FREE_VF else each)


@lie((Kind.GUEST_HAS_UNTRACKED, 'h0', '0000:00:1f.0'))
def guest_with_a_device_of_no_row(books):
    return guests(books, 'h0', A, hostdevs=lambda each: (
        *each.hostdevs, '0000:00:1f.0'))


@lie((Kind.NOT_IN_GUEST, 'h0', VF_B))
def guest_without_its_device(books):
    return guests(books, 'h0', B, hostdevs=lambda each: tuple(
        address for address in each.hostdevs if address != VF_B))


# Pools.

@lie((Kind.UNREADABLE_POOLS, 'h0', ''))
def pools_that_cannot_be_read(books):
    return change(books, 'nodes', lambda each: each.host == 'h0', pools=None)


@lie((Kind.POOLS_DIFFER, 'h0', ''))
def no_pools(books):
    return change(books, 'nodes', lambda each: each.host == 'h0', pools=())


@lie((Kind.POOLS_DIFFER, 'h1', ''))
def one_more_in_a_pool(books):
    found = next(each for each in books.nodes if each.host == 'h1')
    first, *others = found.pools
    return change(books, 'nodes', lambda each: each is found, pools=(
        dataclasses.replace(first, count=first.count + 1), *others))


@lie((Kind.POOLS_DIFFER, 'h1', ''))
def pool_of_another_numa_node(books):
    found = next(each for each in books.nodes if each.host == 'h1')
    first, *others = found.pools
    return change(books, 'nodes', lambda each: each is found, pools=(
        dataclasses.replace(first, numa_node=7), *others))


# Placement.

@lie((Kind.ORPHANED_ALLOCATION, 'h0', FREE_GPU))
def allocated_to_a_stranger(books):
    found = provider_at(books, 'h0', FREE_GPU)
    return restock(books, 'h0', FREE_GPU,
                   allocations=allocate(found, STRANGER))


@lie((Kind.ENDED_MOVE_ALLOCATION, 'h0', FREE_GPU))
def allocated_to_a_move_that_has_ended(books):
    books = add(books, 'migrations', Migration(
        uuid=scenes.name_of('ended'), instance=A.uuid, hosts=('h1', 'h0'),
        ended=True))
    found = provider_at(books, 'h0', FREE_GPU)
    return restock(books, 'h0', FREE_GPU, allocations=allocate(
        found, scenes.name_of('ended')))


@lie((Kind.ALLOCATED_NOT_OWNED, 'h1', FREE_GPU))
def surplus_on_the_host_that_a_server_left(books):
    found = provider_at(books, 'h1', FREE_GPU)
    return restock(books, 'h1', FREE_GPU, allocations=allocate(found, A.uuid))


@lie((Kind.ALLOCATED_NOT_OWNED, 'h0', f'{scenes.ALIAS}.0'))
def one_vf_more_than_it_owns(books):
    found = provider_at(books, 'h0', f'{scenes.ALIAS}.0')
    return restock(books, 'h0', f'{scenes.ALIAS}.0',
                   allocations=allocate(found, A.uuid, 2))


@lie((Kind.OWNED_NOT_ALLOCATED, 'h0', GPU_A))
def owned_and_not_allocated(books):
    found = provider_at(books, 'h0', GPU_A)
    return restock(books, 'h0', GPU_A,
                   allocations=allocate(found, A.uuid, 0))


@lie((Kind.PROVIDER_MISSING, 'h0', FREE_GPU))
def provider_that_was_deleted(books):
    found = provider_at(books, 'h0', FREE_GPU)
    return drop(books, 'providers', lambda each: each is found)


@lie((Kind.PROVIDER_WITHOUT_DEVICE, 'h0', '0000:99:00.0'))
def provider_of_no_device(books):
    return add(books, 'providers', _provider(
        'h0', scenes.name_of('node', 'h0')))


@lie((Kind.PROVIDER_OF_DELETED_NODE, 'old.example', '0000:99:00.0'))
def provider_of_a_node_that_is_gone(books):
    return add(books, 'providers', _provider('old', STRANGER))


def _provider(host, root):
    return Provider(
        uuid=scenes.name_of('surplus'), name=f'{host}.example_0000:99:00.0',
        root=root, generation=1, stocks=(Stock(
            resource_class='CUSTOM_PCI_10DE_20B0', total=1),))


@lie((Kind.WRONG_TOTAL, 'h1', FREE_GPU))
def more_than_there_are(books):
    return _stock(books, 'h1', FREE_GPU, total=2)


@lie((Kind.WRONG_TOTAL, 'h1', f'{scenes.ALIAS}.0'))
def fewer_than_there_are(books):
    return _stock(books, 'h1', f'{scenes.ALIAS}.0', total=1)


@lie((Kind.WRONG_RESERVED, 'h1', FREE_GPU))
def reserved_by_hand(books):
    return _stock(books, 'h1', FREE_GPU, reserved=1)


@lie((Kind.WRONG_RESERVED, 'h1', scenes.DISK))
def one_time_use_that_is_not_reserved(books):
    return _stock(books, 'h1', scenes.DISK, reserved=0)


def _stock(books, host, address, **values):
    (stock,) = provider_at(books, host, address).stocks
    return restock(books, host, address,
                   stocks=(dataclasses.replace(stock, **values),))


# Ports.

def _port(books, server, **values):
    return change(books, 'ports', lambda each: each.id == scenes.name_of(
        server.name, 'port', 0), **values)


@lie((Kind.PORT_OTHER_DEVICE, 'h0', FREE_PORT_VF))
def port_that_names_another_device(books):
    return _port(books, A, slot=FREE_PORT_VF)


@lie((Kind.PORT_OTHER_DEVICE, 'h0', PORT_VF_B))
def port_that_names_the_device_of_another(books):
    return _port(books, A, slot=PORT_VF_B)


@lie((Kind.PORT_OTHER_DEVICE, 'h0', ''))
def port_that_names_no_device(books):
    return _port(books, A, slot=None)


@lie((Kind.PORT_OTHER_DEVICE, 'h0', PORT_VF_A))
def port_that_names_other_ids(books):
    return _port(books, A, ids='15b3:1018')


@lie((Kind.PORT_OTHER_HOST, 'h1', PORT_VF_A))
def port_that_names_another_host(books):
    return _port(books, A, host='h1')


@lie((Kind.PORT_GONE, 'h0', PORT_VF_A))
def port_that_was_deleted(books):
    return drop(books, 'ports', lambda each: each.id == scenes.name_of(
        'a', 'port', 0))


@lie((Kind.PROFILE_LEFT, 'h0', FREE_PORT_VF))
def port_of_nobody_with_a_device(books):
    return add(books, 'ports', Port(id=STRANGER, host='h0',
                                    slot=FREE_PORT_VF))


@lie((Kind.PORT_OF_GONE_INSTANCE, 'h0', FREE_PORT_VF))
def port_of_a_server_that_is_gone(books):
    return add(books, 'ports', Port(
        id=scenes.name_of('port'), instance=STRANGER, host='h0',
        slot=FREE_PORT_VF))
