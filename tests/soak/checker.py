# SPDX-License-Identifier: Apache-2.0

"""What must be so, told without any of the code under test."""

from tests.soak import host

OWNED = ('claimed', 'allocated')


def of_memory(tracker):
    """Yield what is wrong in a tracker whose lock is held."""
    devices = {dev.address: dev for dev in tracker.pci_devs
               if dev.status not in ('removed', 'deleted')}
    owned = {address: dev.instance_uuid for address, dev in devices.items()
             if dev.status in OWNED}
    yield from _families(owned)
    booked = {}
    for held in (tracker.claims, tracker.allocations):
        for uuid, of_owner in held.items():
            for dev in of_owner:
                if dev.address in booked:
                    yield f'{dev.address} is booked twice'
                booked[dev.address] = uuid
    if booked != owned:
        yield f'owners {owned} and books {booked} differ'
    offered = [dev.address for dev in tracker.stats.get_free_devs()]
    if len(offered) != len(set(offered)):
        yield f'offered twice: {sorted(offered)}'
    for address in offered:
        dev = devices.get(address)
        if dev is None or dev.status != 'available':
            yield f'{address} is offered and not available'
        elif host.relatives(address) & owned.keys():
            yield f'{address} is offered beside an owned relative'


def of_rows(database):
    """Yield what is wrong in the database while nothing writes to it."""
    rows = database.query(
        'SELECT address, status, instance_uuid FROM pci_devices '
        'WHERE deleted = 0')
    if len(rows) != len({row['address'] for row in rows}):
        yield 'two rows of one address'
    for row in rows:
        if (row['status'] in OWNED) != (row['instance_uuid'] is not None):
            yield f'the row {row} contradicts itself'
    owned = {row['address']: row['instance_uuid'] for row in rows
             if row['status'] in OWNED}
    yield from _families(owned)
    for instance in database.query('SELECT * FROM instances_of_soak'):
        had = [address for address, owner in owned.items()
               if owner == instance['uuid']]
        right = [address for address in had if host.ALL[address][
            'dev_type'] == instance['kind']]
        if instance['state'] == 'active' and (
                len(had) != instance['count'] or had != right):
            yield f'{instance} has {had}'


def of_end(database, tracker):
    """Yield each row that disagrees with memory or with the host."""
    rows = {row['address']: (row['status'], row['instance_uuid'])
            for row in database.query(
                'SELECT address, status, instance_uuid FROM pci_devices '
                'WHERE deleted = 0')}
    memory = {dev.address: (dev.status, dev.instance_uuid)
              for dev in tracker.pci_devs}
    for address in sorted(rows.keys() | memory.keys() | host.ALL.keys()):
        found = rows.get(address), memory.get(address)
        if found != (('available', None), ('available', None)):
            yield f'{address} is {found[0]} in its row, {found[1]} in memory'


def of_undrained(tracker):
    """Yield what is wrong once nothing is drained and nobody has a device."""
    offered = {dev.address for dev in tracker.stats.get_free_devs()}
    for address in sorted(host.ALL.keys() - offered):
        yield f'{address} is not offered, and not drained any more'
    for dev in tracker.pci_devs:
        notes = [key for key in dev.extra_info if key.startswith('pci_ext')]
        if notes:
            yield f'the row of {dev.address} still has {notes}'


def _families(owned):
    for address in owned:
        for relative in host.relatives(address) & owned.keys():
            yield f'{address} and its relative {relative} are both owned'
