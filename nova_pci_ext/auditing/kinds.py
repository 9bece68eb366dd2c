# SPDX-License-Identifier: Apache-2.0

"""The kinds of disagreement: the one table that code and page are made of."""

import dataclasses
import enum
from collections.abc import Mapping


class Kind(enum.StrEnum):
    """What disagrees; the values never change.

    The order is that in which they are looked for: a row, a provider or a
    port is in the first finding that fits it, and in no other.
    """

    UNREADABLE_ROW = 'unreadable-row'
    UNREADABLE_REQUESTS = 'unreadable-requests'
    UNREADABLE_POOLS = 'unreadable-pools'
    ROW_OF_DELETED_NODE = 'row-of-deleted-node'
    TWIN_ROWS = 'twin-rows'
    REMOVED_ROW = 'removed-row'
    STATUS_AND_OWNER = 'status-and-owner'
    OWNER_NOT_THERE = 'owner-not-there'
    OWNER_ELSEWHERE = 'owner-elsewhere'
    PF_AND_VF_OWNED = 'pf-and-vf-owned'
    ROW_WITHOUT_REQUEST = 'row-without-request'
    TOO_MANY_ROWS = 'too-many-rows'
    CLAIM_LEFT = 'claim-left'
    FREE_ROW_IN_USE = 'free-row-in-use'
    SET_ASIDE_FOR_NOBODY = 'set-aside-for-nobody'
    FREE_BESIDE_OWNED = 'free-beside-owned'
    DEVICE_HELD = 'device-held'
    DEVICE_UNCLEAN = 'device-unclean'
    REQUESTS_WITHOUT_ROWS = 'requests-without-rows'
    CHARGE_DIFFERS = 'charge-differs'
    FEWER_VFS = 'fewer-vfs'
    OWNED_DEVICE_GONE = 'owned-device-gone'
    FREE_DEVICE_GONE = 'free-device-gone'
    ANOTHER_DEVICE = 'another-device'
    DRIVER = 'driver-not-as-managed'
    TWO_GUESTS = 'two-guests'
    GUEST_UNKNOWN = 'guest-unknown'
    GUEST_OF_OTHER = 'guest-of-other'
    GUEST_HAS_FREE_DEVICE = 'guest-has-free-device'
    GUEST_HAS_UNTRACKED = 'guest-has-untracked'
    NOT_IN_GUEST = 'not-in-guest'
    POOLS_DIFFER = 'pools-differ'
    PROVIDER_OF_DELETED_NODE = 'provider-of-deleted-node'
    PROVIDER_MISSING = 'provider-missing'
    PROVIDER_WITHOUT_DEVICE = 'provider-without-device'
    ORPHANED_ALLOCATION = 'orphaned-allocation'
    ENDED_MOVE_ALLOCATION = 'ended-move-allocation'
    ALLOCATED_NOT_OWNED = 'allocated-not-owned'
    OWNED_NOT_ALLOCATED = 'owned-not-allocated'
    WRONG_TOTAL = 'wrong-total'
    WRONG_RESERVED = 'wrong-reserved'
    PROFILE_LEFT = 'profile-left'
    PORT_OF_GONE_INSTANCE = 'port-of-gone-instance'
    PORT_GONE = 'port-gone'
    PORT_OTHER_HOST = 'port-other-host'
    PORT_OTHER_DEVICE = 'port-other-device'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a kind says to an operator.

    :ivar books: the books that contradict each other
    :ivar means: what is wrong, and what comes of it
    :ivar cure: what to do, with the command; ``{host}``, ``{device}``,
        ``{instance}``, ``{port}`` and ``{provider}`` are those of the finding
    :ivar repaired: whether ``--repair`` does it, where it is safe
    """

    books: str
    means: str
    cure: str
    repaired: bool = False


_RESTART = 'systemctl restart nova-compute, on {host}'
_ROW = 'nova-pci audit --host {host} --repair, on {host}'
_REPAIR = 'nova-pci audit --repair'
_REBOOT = 'openstack server reboot --hard {instance}'
_MIGRATE = 'openstack server migrate {instance}'

MEANINGS: Mapping[Kind, Meaning] = {
    Kind.UNREADABLE_ROW: Meaning(
        books='rows', means='A row has an address, a type or a status that '
        'Nova does not write. The tracker cannot use it.',
        cure='find out who wrote row of {device} and correct it in '
             'pci_devices'),
    Kind.UNREADABLE_REQUESTS: Meaning(
        books='requests', means='The PCI requests of an instance cannot be '
        'read. Its next move fails.',
        cure='correct instance_extra.pci_requests of {instance}'),
    Kind.UNREADABLE_POOLS: Meaning(
        books='pools', means='What a compute published cannot be read. The '
        'scheduler does not choose the host.', cure=_RESTART),
    Kind.ROW_OF_DELETED_NODE: Meaning(
        books='rows', means='A row belongs to a compute node that is '
        'deleted. Nobody can have the device, and counts of devices are too '
        'high.', cure=_REPAIR, repaired=True),
    Kind.TWIN_ROWS: Meaning(
        books='rows', means='Two rows of one node have one address. The '
        'device can be handed out twice.',
        cure='stop nova-compute on {host}, delete one of the rows of '
             '{device}, and start it'),
    Kind.REMOVED_ROW: Meaning(
        books='rows', means='A row is removed and was not deleted.',
        cure=_ROW, repaired=True),
    Kind.STATUS_AND_OWNER: Meaning(
        books='rows', means='A row is owned by nobody, or free and somebody '
        'is named. Nobody gets the device.', cure=_ROW, repaired=True),
    Kind.OWNER_NOT_THERE: Meaning(
        books='rows, instances', means='A row is owned by an instance that '
        'does not exist. The device is lost until the row is free.',
        cure=_ROW, repaired=True),
    Kind.OWNER_ELSEWHERE: Meaning(
        books='rows, instances', means='A row is owned by an instance that '
        'is on another host, and no move is under way. The device is lost '
        'until the row is free.', cure=_ROW, repaired=True),
    Kind.PF_AND_VF_OWNED: Meaning(
        books='rows', means='A PF and one of its VFs are both owned. One of '
        'the guests does not work, or is not safe from the other.',
        cure=_MIGRATE),
    Kind.ROW_WITHOUT_REQUEST: Meaning(
        books='rows, requests', means='An instance owns a device for a '
        'request that it does not have. The device goes with the instance.',
        cure=_MIGRATE),
    Kind.TOO_MANY_ROWS: Meaning(
        books='rows, requests', means='An instance owns more devices than '
        'it asked for. They go with the instance.', cure=_MIGRATE),
    Kind.CLAIM_LEFT: Meaning(
        books='rows, instances', means='A device is claimed for an instance '
        'that is at rest. The guest was built without it.', cure=_RESTART),
    Kind.FREE_ROW_IN_USE: Meaning(
        books='rows, guests, Placement, ports', means='A row is free, its '
        'instance lacks a device, and another book gives it this one. It '
        'can be handed out a second time.',
        cure='openstack compute service set --disable {host} nova-compute; '
             + _MIGRATE),
    Kind.SET_ASIDE_FOR_NOBODY: Meaning(
        books='rows', means='A row is set aside for the owner of a '
        'relative, and no relative is owned. Nobody gets the device.',
        cure=_ROW, repaired=True),
    Kind.FREE_BESIDE_OWNED: Meaning(
        books='rows', means='A row is free while its PF, or a VF of it, is '
        'owned. Both can be handed out.', cure=_RESTART),
    Kind.DEVICE_HELD: Meaning(
        books='rows', means='Devices of the host have other addresses than '
        'before, and it is not certain which one is the device of a row. Its '
        'owner keeps the row and cannot be started with it; nobody gets what '
        'may be the device.',
        cure='nova-pci devices, on {host}; then ' + _MIGRATE),
    Kind.DEVICE_UNCLEAN: Meaning(
        books='rows', means='A server has left something on a device, or a '
        'PF came back without its VFs. What is not held goes to the next '
        'server as it is.', cure='ip link show, on {host}; '
        'nova-compute looks again in each update'),
    Kind.REQUESTS_WITHOUT_ROWS: Meaning(
        books='requests, rows', means='An instance owns fewer devices than '
        'it asked for. Its guest comes up without them.', cure=_MIGRATE),
    Kind.CHARGE_DIFFERS: Meaning(
        books='rows, flavors', means='What a row notes as taken of the '
        'bandwidth budget of its PF is not what its owner takes by its '
        'flavor, as where Nova\'s own tracker has handed out the device. Too '
        'much or too little is left of the budget.',
        cure=_ROW + ', and restart nova-compute', repaired=True),
    Kind.FEWER_VFS: Meaning(
        books='rows, host', means='A PF has made fewer VFs than there are '
        'rows for.', cure='echo NUMBER > /sys/bus/pci/devices/{device}/'
        'sriov_numvfs, on {host}, then restart nova-compute'),
    Kind.OWNED_DEVICE_GONE: Meaning(
        books='rows, host', means='A device that an instance owns is not on '
        'the host. Its guest cannot start.', cure=_MIGRATE),
    Kind.FREE_DEVICE_GONE: Meaning(
        books='rows, host', means='A device that can be handed out is not '
        'on the host. A server that gets it fails.', cure=_RESTART),
    Kind.ANOTHER_DEVICE: Meaning(
        books='rows, host', means='The device at an address is of another '
        'product, type or PF than its row. A guest gets what was not meant '
        'for it.', cure='see whether a card was moved; then ' + _RESTART),
    Kind.DRIVER: Meaning(
        books='host, guests', means='A device is held by a driver with '
        'which no guest can have it.',
        cure='driverctl set-override {device} vfio-pci, on {host}'),
    Kind.TWO_GUESTS: Meaning(
        books='guests', means='Two guests of one host have one device, or '
        'one guest has it twice. Only one of two can run, and none with it '
        'twice.', cure='virsh dumpxml, on {host}, of both; '
        'then ' + _REBOOT),
    Kind.GUEST_UNKNOWN: Meaning(
        books='guests, instances', means='A guest that is not an instance has '
        'a device of Nova. A server that gets the device fails to start.',
        cure='virsh domstate {instance}, on {host}; end the guest if it is '
             'not needed'),
    Kind.GUEST_OF_OTHER: Meaning(
        books='guests, rows', means='A guest has a device that another '
        'instance owns.', cure=_REBOOT),
    Kind.GUEST_HAS_FREE_DEVICE: Meaning(
        books='guests, rows', means='A guest has a device whose row is '
        'free. The device can be handed out a second time.', cure=_REBOOT),
    Kind.GUEST_HAS_UNTRACKED: Meaning(
        books='guests, rows', means='The guest of an instance has a device '
        'that has no row.', cure=_REBOOT),
    Kind.NOT_IN_GUEST: Meaning(
        books='rows, guests', means='An instance owns a device that its '
        'running guest does not have.', cure=_REBOOT),
    Kind.POOLS_DIFFER: Meaning(
        books='pools, rows', means='What a compute published is not what is '
        'free. The scheduler chooses the host in vain, or never.',
        cure=_RESTART),
    Kind.PROVIDER_OF_DELETED_NODE: Meaning(
        books='Placement, nodes', means='A provider of devices belongs to a '
        'compute node that does not exist.', cure=_REPAIR, repaired=True),
    Kind.PROVIDER_MISSING: Meaning(
        books='rows, Placement', means='A row names a provider that '
        'Placement does not have. With [filter_scheduler] pci_in_placement '
        'nobody gets the device.', cure=_RESTART),
    Kind.PROVIDER_WITHOUT_DEVICE: Meaning(
        books='Placement, rows', means='A provider stands for a device that '
        'has no row. Candidates of the host are refused by its compute.',
        cure=_REPAIR, repaired=True),
    Kind.ORPHANED_ALLOCATION: Meaning(
        books='Placement, instances', means='Devices are allocated to a '
        'consumer that is neither an instance nor a move. Nobody gets them.',
        cure=_ROW, repaired=True),
    Kind.ENDED_MOVE_ALLOCATION: Meaning(
        books='Placement, migrations', means='Devices are allocated to a '
        'move that has ended. Nobody gets them.', cure=_ROW,
        repaired=True),
    Kind.ALLOCATED_NOT_OWNED: Meaning(
        books='Placement, rows', means='An instance has more of a provider '
        'than it owns devices there, as after some moves. Nobody gets the '
        'surplus.', cure=_ROW, repaired=True),
    Kind.OWNED_NOT_ALLOCATED: Meaning(
        books='rows, Placement', means='An instance owns more devices than '
        'it has of their provider. Placement offers what the compute '
        'refuses.', cure=_REPAIR, repaired=True),
    Kind.WRONG_TOTAL: Meaning(
        books='Placement, rows', means='A provider has another number of '
        'devices than there are rows.', cure=_RESTART),
    Kind.WRONG_RESERVED: Meaning(
        books='Placement, rows', means='Devices are reserved without being '
        'for one-time use, or owned for one-time use and not reserved.',
        cure='openstack resource provider inventory set --amend --resource '
             'CLASS:reserved=NUMBER {provider}'),
    Kind.PROFILE_LEFT: Meaning(
        books='ports', means='A port of nobody names a device. Its next use '
        'can fail.', cure=_REPAIR, repaired=True),
    Kind.PORT_OF_GONE_INSTANCE: Meaning(
        books='ports, instances', means='A port names a device for an '
        'instance that does not exist.', cure='openstack port unset '
        '--device {port}'),
    Kind.PORT_GONE: Meaning(
        books='requests, ports', means='An instance owns a device for a '
        'port that does not exist.',
        cure='openstack server remove port {instance} {port}'),
    Kind.PORT_OTHER_HOST: Meaning(
        books='ports, instances', means='A port is bound to another host '
        'than that of its instance.', cure=_REBOOT),
    Kind.PORT_OTHER_DEVICE: Meaning(
        books='ports, rows', means='A port names another device than the '
        'one that its instance owns for it, as after some moves. The agent '
        'of Neutron configures the wrong VF.', cure=_ROW, repaired=True),
}
