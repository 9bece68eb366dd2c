# SPDX-License-Identifier: Apache-2.0

"""Lies in the books of the cloud: what is told, where, and what is found."""

import dataclasses
import uuid
from collections.abc import Callable

from nova_pci_ext.auditing.kinds import Kind
from tests.cloud.auditor import OF_ALIAS
from tests.cloud.auditor import OF_PORTS
from tests.cloud.auditor import STRANGER
from tests.cloud.placement_lies import InPlacement

GONE_NODE = 999999
#: Those that no lie here is: the database refuses two rows of an address, and
#: a recorded host has no drivers; tests/cloud/test_audit_of_libvirt.py has
#: the latter.
NOT_TOLD = {Kind.TWIN_ROWS, Kind.DRIVER}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lie:
    """One lie.

    :ivar kinds: what is found
    :ivar tell: tells it
    :ivar where: which audit finds it: ``host``, that of the servers,
        ``other``, or ``all`` of the cloud
    :ivar in_placement: whether it needs the devices in Placement
    """

    kinds: tuple[Kind, ...]
    tell: Callable
    where: str = 'host'
    in_placement: bool = False


def lie(kinds, tell, **more):
    """Return a lie of one kind, or of several."""
    return Lie(kinds=(kinds,) if isinstance(kinds, Kind) else kinds,
               tell=tell, **more)


# Rows.

def rows_of_owned(product=OF_ALIAS, /, **values):
    """Return a lie about the row of a device that the server owns."""
    return lambda found: found.row(found.owned(product).address, **values)


def rows_of_free(product=OF_ALIAS, number=0, /, **values):
    """Return a lie about the row of a free device."""
    return lambda found: found.row(found.free(product, number), **values)


def row_of_a_node_that_is_gone(found):
    """A compute node that is deleted, and a row that it has left."""
    of_node = ('vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, '
               'local_gb_used, hypervisor_type, hypervisor_version, cpu_info')
    of_row = ('address, vendor_id, product_id, dev_id, dev_type, status, '
              'label, deleted, extra_info, parent_addr')
    for table, column in (('compute_nodes', 'id'),
                          ('pci_devices', 'compute_node_id')):
        found.later.callback(found.sql, f'DELETE FROM nova.{table} WHERE '
                             f'{column} = {GONE_NODE}')
    found.sql(f'INSERT INTO nova.compute_nodes (id, deleted, uuid, host, '
              f'hypervisor_hostname, {of_node}) SELECT {GONE_NODE}, '
              f'{GONE_NODE}, %s, "gone", "gone", {of_node} FROM '
              f'nova.compute_nodes WHERE id = {found.node()}',
              str(uuid.uuid4()))
    found.sql(f'INSERT INTO nova.pci_devices (compute_node_id, uuid, '
              f'{of_row}) SELECT {GONE_NODE}, %s, {of_row} FROM '
              f'nova.pci_devices WHERE compute_node_id = {found.node()} AND '
              'address = %s', str(uuid.uuid4()), found.free())


def owned_where_the_server_is_not(found):
    found.row(found.owned().address, host=found.other, status='allocated',
              instance_uuid=found.owner, request_id=found.owned().request_id)


def one_more_of_a_request(found):
    found.row(found.free(), status='allocated', instance_uuid=found.owner,
              request_id=found.owned().request_id)


def pf_of_an_owned_vf(**values):
    """Return a lie about the PF of the VF that the server's port has."""
    return lambda found: found.row(found.owned(OF_PORTS).parent, **values)


def owned_pf(found):
    vf = found.owned(OF_PORTS)
    found.row(vf.parent, status='allocated', instance_uuid=found.neighbour,
              request_id=vf.request_id)


OF_ROWS = [
    lie(Kind.UNREADABLE_ROW, rows_of_free(status='lent')),
    lie(Kind.UNREADABLE_ROW, rows_of_free(status='')),
    lie(Kind.UNREADABLE_ROW, rows_of_free(dev_type='type-XY')),
    lie(Kind.UNREADABLE_ROW, rows_of_free(address='rubbish')),
    lie(Kind.UNREADABLE_ROW, rows_of_free(parent_addr=None)),
    lie(Kind.ROW_OF_DELETED_NODE, row_of_a_node_that_is_gone, where='all'),
    lie(Kind.REMOVED_ROW, rows_of_free(OF_PORTS, status='removed')),
    lie(Kind.REMOVED_ROW, rows_of_free(status='deleted')),
    lie(Kind.STATUS_AND_OWNER, rows_of_free(status='allocated')),
    lie(Kind.STATUS_AND_OWNER, rows_of_free(instance_uuid=STRANGER)),
    lie(Kind.STATUS_AND_OWNER, rows_of_owned(instance_uuid=None)),
    lie(Kind.STATUS_AND_OWNER, rows_of_owned(status='available')),
    lie(Kind.OWNER_NOT_THERE, rows_of_owned(instance_uuid=STRANGER)),
    lie(Kind.OWNER_NOT_THERE, rows_of_free(
        status='allocated', instance_uuid=STRANGER)),
    lie(Kind.OWNER_NOT_THERE, rows_of_free(
        OF_PORTS, status='claimed', instance_uuid=STRANGER)),
    lie(Kind.OWNER_ELSEWHERE, owned_where_the_server_is_not, where='other'),
    lie(Kind.PF_AND_VF_OWNED, owned_pf),
    lie(Kind.ROW_WITHOUT_REQUEST, rows_of_owned(request_id='another')),
    lie(Kind.TOO_MANY_ROWS, one_more_of_a_request),
    lie(Kind.CLAIM_LEFT, rows_of_owned(status='claimed')),
    lie(Kind.FREE_ROW_IN_USE, rows_of_owned(
        status='available', instance_uuid=None, request_id=None)),
    lie(Kind.FREE_ROW_IN_USE, rows_of_owned(
        OF_PORTS, status='available', instance_uuid=None, request_id=None)),
    lie(Kind.SET_ASIDE_FOR_NOBODY, rows_of_free(
        OF_PORTS, 5, status='unavailable')),
    lie(Kind.DEVICE_HELD, lambda found: found.note(
        found.free(), pci_ext_held='its slot has another card')),
    lie(Kind.DEVICE_UNCLEAN, lambda found: found.note(
        found.free(), pci_ext_unclean='VLAN 7')),
    lie(Kind.CHARGE_DIFFERS, lambda found: found.note(
        found.owned(OF_PORTS).address, pci_ext_bandwidth=f'7 {found.owner}')),
    lie(Kind.FREE_BESIDE_OWNED, pf_of_an_owned_vf(status='available')),
    lie(Kind.ANOTHER_DEVICE, rows_of_owned(product_id='ffff')),
    lie(Kind.ANOTHER_DEVICE, rows_of_owned(vendor_id='ffff')),
    lie(Kind.ANOTHER_DEVICE, rows_of_free(product_id='ffff')),
    lie(Kind.FREE_DEVICE_GONE, rows_of_free(address='0000:fe:00.0')),
    lie(Kind.POOLS_DIFFER, rows_of_free(numa_node=7)),
]


# Pools and requests.

def pools(text):
    """Return a lie about the pools of the servers' host."""
    return lambda found: found.sql(
        'UPDATE nova.compute_nodes SET pci_stats = %s WHERE deleted = 0 AND '
        'host = %s', text, found.host)


def requests_of(text):
    """Return a lie about what the server asked for."""
    return lambda found: found.write_requests(text)


def one_more_than_it_has(found):
    found.requests(lambda each: each.update(
        count=each['count'] + (each['alias_name'] == 'nvme')))


def port_that_is_gone(found):
    found.requests(lambda each: each.update(
        requester_id=each['requester_id'] and STRANGER))


OF_REQUESTS = [
    lie(Kind.POOLS_DIFFER, pools('[]')),
    lie(Kind.UNREADABLE_POOLS, pools('{"nova_object.namespace": 1}')),
    lie(Kind.UNREADABLE_POOLS, pools('[[1]]')),
    lie(Kind.UNREADABLE_REQUESTS, requests_of('[{}]')),
    lie(Kind.UNREADABLE_REQUESTS, requests_of('[')),
    lie(Kind.UNREADABLE_REQUESTS, requests_of('7')),
    lie(Kind.REQUESTS_WITHOUT_ROWS, one_more_than_it_has),
    lie(Kind.PORT_GONE, port_that_is_gone),
]


# The host: what sysfs would show, and libvirt.

def host_without(choose):
    """Return a lie by which the host has a device less.

    :param choose: returns its address
    """
    def tell(found):
        address = choose(found)
        found.plug(lambda each: None if str(each.address) == address
                   else each)
    return tell


def host_with(choose, **values):
    """Return a lie by which a device of the host is another one."""
    def tell(found):
        address = choose(found)
        found.plug(lambda each: dataclasses.replace(each, **values)
                   if str(each.address) == address else each)
    return tell


def fewer_vfs(found):
    """The last free VF is gone, and its PF says so."""
    address = found.free(OF_PORTS, -1)
    (parent,) = {each.parent for each in found.devices(address=address)}

    def change(each):
        if str(each.address) == parent:
            return dataclasses.replace(each, num_vfs=each.num_vfs - 1)
        return None if str(each.address) == address else each
    found.plug(change)


def free_one(found):
    return found.free()


def own_one(found):
    return found.owned().address


def guest_of(addresses, server=None):
    """Return a lie about the devices of a guest.

    :param addresses: returns them for the liar and the old ones
    """
    return lambda found: found.guest(
        lambda old: addresses(found, old), server)


def guests_with_the_devices_of_each_other(found):
    own = found.owned().address
    (other,) = (each.address
                for each in found.devices(owner=found.neighbour))
    found.guest(lambda old: [other if each == own else each for each in old])
    found.guest(lambda old: [own], found.neighbour)


OF_THE_HOST = [
    lie(Kind.FEWER_VFS, fewer_vfs),
    lie(Kind.OWNED_DEVICE_GONE, host_without(own_one)),
    lie(Kind.OWNED_DEVICE_GONE, host_without(
        lambda found: found.owned(OF_PORTS).address)),
    lie(Kind.FREE_DEVICE_GONE, host_without(free_one)),
    lie(Kind.ANOTHER_DEVICE, host_with(own_one, product_id='a804')),
    lie(Kind.ANOTHER_DEVICE, host_with(free_one, vendor_id='144d')),
    lie(Kind.GUEST_HAS_FREE_DEVICE, guest_of(
        lambda found, old: [*old, found.free()])),
    lie(Kind.GUEST_HAS_UNTRACKED, guest_of(
        lambda found, old: [*old, '0000:fe:00.0'])),
    lie(Kind.NOT_IN_GUEST, guest_of(lambda found, old: [
        each for each in old if each != found.owned().address])),
    lie(Kind.TWO_GUESTS, guest_of(
        lambda found, old: [found.owned().address], STRANGER)),
    lie(Kind.GUEST_UNKNOWN, guest_of(
        lambda found, old: [found.free()], STRANGER)),
    lie((Kind.GUEST_OF_OTHER, Kind.GUEST_OF_OTHER),
        guests_with_the_devices_of_each_other),
]


# Ports.

def port_of(**changes):
    """Return a lie about the profile of the server's port."""
    return lambda found: found.port(**changes)


OF_PORTS_OF_SERVERS = [
    lie(Kind.PORT_OTHER_DEVICE, lambda found: found.port(
        pci_slot=found.free(OF_PORTS, 3))),
    lie(Kind.PORT_OTHER_DEVICE, port_of(pci_vendor_info='ffff:ffff')),
    lie(Kind.PORT_OTHER_DEVICE, port_of(pci_slot='0000:fe:00.1')),
    lie(Kind.PORT_OTHER_DEVICE, port_of(pci_slot=None)),
    lie(Kind.PORT_OTHER_HOST, lambda found: found.move_port()),
    lie(Kind.PROFILE_LEFT, lambda found: found.new_port()),
    lie(Kind.PORT_OF_GONE_INSTANCE, lambda found: found.new_port(
        device_id=STRANGER)),
]


# Placement.

def placed(kind, tell, where='host'):
    """Return a lie that is told to Placement.

    :param tell: gets the allocations and the liar
    """
    return lie(kind, lambda found: tell(InPlacement(found), found),
               where=where, in_placement=True)


def move_that_has_ended(books, found):
    books.allocate(books.ended_move(), found.host)


OF_PLACEMENT = [
    placed(Kind.ORPHANED_ALLOCATION, lambda books, found: books.allocate(
        STRANGER, found.host)),
    placed(Kind.ORPHANED_ALLOCATION, lambda books, found: books.allocate(
        STRANGER, found.other), where='other'),
    placed(Kind.ENDED_MOVE_ALLOCATION, move_that_has_ended),
    placed(Kind.ALLOCATED_NOT_OWNED, lambda books, found: books.allocate(
        found.owner, found.host, 2)),
    placed(Kind.ALLOCATED_NOT_OWNED, lambda books, found: books.allocate(
        found.owner, found.other), where='other'),
    placed(Kind.OWNED_NOT_ALLOCATED, lambda books, found: books.allocate(
        found.owner, found.host, 0)),
    placed(Kind.OWNED_NOT_ALLOCATED, lambda books, found: books.allocate(
        found.neighbour, found.host, 0)),
    placed(Kind.PROVIDER_MISSING, lambda books, found: found.note(
        found.free(), rp_uuid=STRANGER)),
    placed(Kind.PROVIDER_WITHOUT_DEVICE, lambda books, found: books.provider(
        found.host)),
    placed(Kind.PROVIDER_OF_DELETED_NODE, lambda books, found:
           books.provider(None), where='all'),
    placed(Kind.WRONG_TOTAL, lambda books, found: books.stock(
        found.host, total=5)),
    placed(Kind.WRONG_TOTAL, lambda books, found: books.stock(
        found.other, total=9), where='other'),
    placed(Kind.WRONG_RESERVED, lambda books, found: books.stock(
        found.host, reserved=1)),
    placed(Kind.WRONG_RESERVED, lambda books, found: books.for_one_time_use(
        found.host)),
]

#: All of them.
LIES = (*OF_ROWS, *OF_REQUESTS, *OF_THE_HOST, *OF_PORTS_OF_SERVERS,
        *OF_PLACEMENT)


# Told all at once, and repaired. Those about rows are about VFs that are not
# in Placement: a provider whose rows are in doubt is not looked at.
REPAIRED = (
    lie(Kind.OWNER_NOT_THERE, rows_of_free(
        OF_PORTS, status='allocated', instance_uuid=STRANGER)),
    lie(Kind.OWNER_NOT_THERE, rows_of_free(
        OF_PORTS, status='claimed', instance_uuid=STRANGER)),
    lie(Kind.STATUS_AND_OWNER, rows_of_free(OF_PORTS, status='allocated')),
    lie(Kind.REMOVED_ROW, rows_of_free(OF_PORTS, 1, status='removed')),
    lie(Kind.SET_ASIDE_FOR_NOBODY, rows_of_free(
        OF_PORTS, 5, status='unavailable')),
    lie(Kind.PORT_OTHER_DEVICE, lambda found: found.port(
        pci_slot=found.free(OF_PORTS, 3))),
    placed(Kind.ORPHANED_ALLOCATION, lambda books, found: books.allocate(
        STRANGER, found.host)),
    placed(Kind.ENDED_MOVE_ALLOCATION, move_that_has_ended),
    placed(Kind.OWNED_NOT_ALLOCATED, lambda books, found: books.allocate(
        found.neighbour, found.host, 0)),
    placed(Kind.PROVIDER_WITHOUT_DEVICE, lambda books, found: books.provider(
        found.host)),
)


def told(choice, lies):
    """Return the lies that can be told in a cloud."""
    return [each for each in lies
            if choice.in_placement or not each.in_placement]
