# SPDX-License-Identifier: Apache-2.0

"""What is wrong between rows, the devices of a host, and its guests."""

import collections
from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing import of_rows
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey
from nova_pci_ext.model.binding import VifType
from nova_pci_ext.model.binding import VnicType
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import DeviceType

Suspects = Collection[RowKey]
#: VNIC types whose devices are Cyborg's.
ACCELERATED = frozenset({VnicType.ACCELERATOR_DIRECT,
                         VnicType.ACCELERATOR_DIRECT_PHYSICAL})
# VNIC types of which the guest has the device itself, a macvtap device on its
# interface, or its vDPA device file. A virtio forwarder keeps the VF for
# itself, and the guest gets a socket.
_SHOWN = frozenset({VnicType.DIRECT, VnicType.DIRECT_PHYSICAL,
                    VnicType.MACVTAP, VnicType.REMOTE_MANAGED,
                    VnicType.VDPA})


def _known(ledger: Ledger, suspects: Suspects,
           ) -> Iterator[tuple[Row, dict[str, MachineDevice]]]:
    """Yield each row of a host whose devices are known, with those."""
    for machine in ledger.books.machines:
        if machine.devices is not None:
            devices = {each.address: each for each in machine.devices}
            for row in ledger.by_host.get(machine.host, ()):
                if ledgers.key(row) not in suspects:
                    yield row, devices


def fewer_vfs(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A PF has as many VFs as there are rows, unless it is handed out."""
    missing: dict[tuple[str, str], list[Row]] = collections.defaultdict(list)
    made: dict[tuple[str, str], int] = {}
    for row, devices in _known(ledger, suspects):
        parent = devices.get(row.parent or '')
        if parent is not None and row.address not in devices:
            made[ledger.host(row), parent.address] = parent.num_vfs
            missing[ledger.host(row), parent.address].append(row)
    for (host, address), rows in missing.items():
        own = ledger.by_place.get((host, address))
        wanted = len(ledger.children[host, address])
        if (made[host, address] >= wanted
                or (own is not None and own.status in OWNED)):
            continue
        owners = sorted({row.owner for row in rows if row.owner})
        yield Finding(
            kind=Kind.FEWER_VFS, host=host, device=address,
            instance=owners[0] if owners else '',
            text=f'it has {made[host, address]} VFs, and {wanted} have '
                 f'rows: {", ".join(row.address for row in rows)} are gone'
            + (f'; owned by {", ".join(owners)}' if owners else ''))


def gone(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What has a row is on the host; of missing VFs ``fewer_vfs`` tells.

    The VFs of a PF that a guest has are gone rightly.
    """
    told = {(each.host, each.device) for each in fewer_vfs(ledger, suspects)}
    for row, devices in _known(ledger, suspects):
        host = ledger.host(row)
        parent = ledger.by_place.get((host, row.parent or ''))
        if (row.address in devices or (host, row.parent or '') in told
                or (parent is not None and parent.status in OWNED
                    and row.status not in OWNED)):
            continue
        is_owned = row.status in OWNED
        yield of_rows.finding(
            ledger, Kind.OWNED_DEVICE_GONE if is_owned
            else Kind.FREE_DEVICE_GONE, row,
            f'the row is {row.status}, and the host does not have the device')


def another(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """The device at an address is the one of the row."""
    for row, devices in _known(ledger, suspects):
        device = devices.get(row.address)
        if device is None:
            continue
        differs = [f'{name} {theirs or "none"} in the row, '
                   f'{ours or "none"} on the host'
                   for name, theirs, ours in (
                       ('ids', f'{row.vendor_id}:{row.product_id}',
                        f'{device.vendor_id}:{device.product_id}'),
                       ('type', row.dev_type, device.dev_type),
                       ('PF', row.parent, device.parent))
                   if theirs != ours]
        if differs:
            yield of_rows.finding(ledger, Kind.ANOTHER_DEVICE, row,
                                  '; '.join(differs))


def driver(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What a guest has, or libvirt does not bind, is with vfio."""
    for row, devices in _known(ledger, suspects):
        host = ledger.host(row)
        device = devices.get(row.address)
        if (device is None or device.for_guests
                or row.dev_type == DeviceType.VDPA
                or row.owner in ledger.busy
                or ledger.machines[host].recorded):
            continue
        held = device.driver or 'no driver'
        users = [guest for guest in ledger.holders.get(ledger.place(row), ())
                 if guest.running and row.address in guest.hostdevs]
        if users:
            yield of_rows.finding(
                ledger, Kind.DRIVER, row, f'a running guest has it, and it '
                f'is with {held}', users[0].uuid)
        elif not row.managed:
            yield of_rows.finding(
                ledger, Kind.DRIVER, row, f'"managed" is off, and it is with '
                f'{held}')


def _held(ledger: Ledger, suspects: Suspects,
          ) -> Iterator[tuple[Machine, str, list[Guest], Row | None]]:
    """Yield each device that guests have, with its row.

    Nobody knows whose a device is whose row is in doubt, or whose guest is
    under way.
    """
    for (host, address), guests in sorted(ledger.holders.items()):
        row = ledger.by_place.get((host, address))
        if (not any(guest.uuid in ledger.busy for guest in guests)
                and (row is None or (ledgers.key(row) not in suspects
                                     and row.owner not in ledger.busy))):
            yield ledger.machines[host], address, guests, row


def _finding(kind: Kind, machine: Machine, address: str, guest: Guest,
             text: str) -> Finding:
    return Finding(kind=kind, host=machine.host, device=address,
                   instance=guest.uuid, text=text)


def two_guests(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A device is in one guest, and there once."""
    for machine, address, guests, _ in _held(ledger, suspects):
        names = dict.fromkeys(each.uuid for each in guests)
        if len(guests) > 1:
            yield _finding(
                Kind.TWO_GUESTS, machine, address, guests[-1],
                f'guests {" and ".join(names)} have it' if len(names) > 1
                else f'guest {guests[0].name} has it {len(guests)} times')


def unknown(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A guest with a device of Nova is an instance."""
    for machine, address, guests, row in _held(ledger, suspects):
        if (len(guests) == 1 and row is not None
                and guests[0].uuid not in ledger.instances):
            yield _finding(
                Kind.GUEST_UNKNOWN, machine, address, guests[0],
                f'guest {guests[0].name} has it, which is not an instance; '
                f'the row is {row.status}' + (f' for {row.owner}' if row.owner
                                          else ''))


def wrong_guest(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A guest has what its instance owns.

    What Cyborg gives with a port has no row.
    """
    doubted = ledgers.of_suspects(ledger, suspects)
    cyborgs = {(port.host, port.slot, port.instance)
               for port in ledger.books.ports or ()
               if port.vnic_type in ACCELERATED}
    for machine, address, guests, row in _held(ledger, suspects):
        guest = guests[0]
        if (len(guests) > 1 or guest.uuid not in ledger.instances
                or (row is not None and row.owner == guest.uuid)):
            continue
        if row is None:
            if not (doubted.get((machine.host, guest.uuid))
                    or (machine.host, address, guest.uuid) in cyborgs):
                yield _finding(Kind.GUEST_HAS_UNTRACKED, machine, address,
                               guest, f'guest {guest.name} has it, and it '
                               'has no row')
        elif row.owner:
            yield _finding(Kind.GUEST_OF_OTHER, machine, address, guest,
                           f'guest {guest.name} has it, and {row.owner} owns '
                           'it')
        else:
            yield _finding(Kind.GUEST_HAS_FREE_DEVICE, machine, address,
                           guest, f'guest {guest.name} has it, and the row '
                           f'is {row.status}')


def not_in_guest(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A running guest has what its instance owns.

    Of some ports it has nothing of the device at all.
    """
    ports = {port.id: port for port in ledger.books.ports or ()}
    for machine in ledger.books.machines:
        present = (None if machine.devices is None else
                   {each.address for each in machine.devices})
        for guest in machine.guests or ():
            instance = ledger.at_rest(guest.uuid)
            if (instance is None or not guest.running or not guest.complete
                    or instance.vm_state != 'active'):
                continue
            had = frozenset(guest.addresses)
            hidden = {request.request_id
                      for request in instance.requests or ()
                      if request.port and not _shows(ports.get(request.port))}
            for row in ledger.owned.get((guest.uuid, machine.host), ()):
                if (row.address in had or row.request_id in hidden
                        or ledgers.key(row) in suspects
                        or row.status != ClaimState.ALLOCATED
                        or ledger.holders.get(ledger.place(row))
                        or (present is not None
                            and row.address not in present)):
                    continue
                yield of_rows.finding(
                    ledger, Kind.NOT_IN_GUEST, row,
                    f'{guest.uuid} owns it, and its guest {guest.name} does '
                    'not have it')


def _shows(port: Port | None) -> bool:
    """Whether a guest shows the device of a port.

    With 802.1Qbg Nova names an interface of the host, whichever VF it has
    claimed. Of a port that is not known nothing is said.
    """
    return (port is not None and port.vnic_type in _SHOWN
            and port.vif_type != VifType.QBG)
