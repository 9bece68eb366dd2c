# SPDX-License-Identifier: Apache-2.0

"""Whether a repair may take a device: only where nobody can have it.

Each function says why not, in words, and '' where nothing speaks against it.
A device is had with its family: who has a VF keeps its PF, and the other way
round, whether the link is in a row or in what the host reports.
"""

from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import Place
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED


def unknown(ledger: Ledger, host: str) -> str:
    """Say why it is not known what the guests of a host have."""
    machine = ledger.machines.get(host)
    if machine is None and host not in ledger.live_hosts:
        return (f'{host} has no compute node, so its guests cannot be listed')
    if machine is None or machine.guests is None:
        return (f'the guests of {host} were not listed; run nova-pci audit '
                f'--host {host} --repair there')
    if machine.devices is None:
        return f'the devices of {host} were not read'
    for guest in machine.guests:
        if not guest.complete:
            return (f'guest {guest.name} ({guest.uuid}) of {host} has a '
                    'device that could not be followed to an address')
    return ''


def held(ledger: Ledger, row: Row) -> str:
    """Say who may have the device of a row, or a relative of it."""
    return next(filter(None, _held(ledger, row)), '')


def _held(ledger: Ledger, row: Row) -> Iterator[str]:
    place = ledger.place(row)
    relatives = ledger.relatives(place)
    yield unknown(ledger, place[0])
    guest = ledger.running(place[0], row.owner)
    if guest is not None:
        yield f'guest {guest.name} of its owner {row.owner} runs'
    yield _user(ledger, (place, *relatives))
    yield _owner(ledger, row, (place, *relatives))
    yield _lacking(ledger, row)


def doubled(ledger: Ledger, row: Row) -> str:
    """Say which other row has the address of a row."""
    for each in ledger.at[ledger.place(row)]:
        node = ledger.nodes.get((each.cell, each.node_id))
        if each is not row and node is not None and not node.deleted:
            return f'row {each.id} has the same address'
    return ''


def surplus(ledger: Ledger, host: str, places: Iterable[Place]) -> str:
    """Say who may need what is allocated of some devices and not owned.

    Of what a guest has and does not own, the allocation may be all that
    keeps it from the next server.
    """
    why = unknown(ledger, host)
    if why:
        return why
    every = {place for each in places
             for place in (each, *ledger.relatives(each))}
    for place in sorted(every):
        owners = {row.owner for row in ledger.at.get(place, ())
                  if row.status in OWNED}
        for guest in ledger.users.get(place, ()):
            if guest.uuid not in owners:
                return (f'guest {guest.name} has {place[1]}, which it does '
                        'not own')
    return ''


def _user(ledger: Ledger, places: Iterable[Place]) -> str:
    for place in places:
        for guest in ledger.users.get(place, ()):
            return f'guest {guest.name} has {place[1]}'
    return ''


def _owner(ledger: Ledger, row: Row, places: Iterable[Place]) -> str:
    for place in places:
        for each in ledger.at.get(place, ()):
            if each is not row and each.status not in GONE and (
                    each.status in OWNED or each.owner):
                return f'{each.owner or "nobody"} owns {each.address}'
    return ''


def _lacking(ledger: Ledger, row: Row) -> str:
    """Say which instance of the host may be without its device."""
    place = ledger.place(row)
    for uuid in sorted({row.owner or '', *ledger.slots.get(place, ())}):
        if uuid in ledger.busy:
            return f'something is being done with {uuid}'
    for uuid in sorted(ledger.witnesses(row)):
        instance = ledger.instances.get(uuid)
        if instance is None or instance.host != place[0]:
            continue
        if instance.requests is None:
            return f'the PCI requests of instance {uuid} cannot be read'
        if ledgers.shortages(ledger, instance):
            return f'instance {uuid} lacks a device, which may be this one'
    return ''
