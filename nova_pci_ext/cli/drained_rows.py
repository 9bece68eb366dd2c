# SPDX-License-Identifier: Apache-2.0

"""What is drained, as lines for people and as rows for machines."""

from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.handing_out import device_views
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.host_counts import DrainedDevice
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable

FLEET_COLUMNS = ('host', 'address', 'reason', 'instance')
COLUMNS = ('address', 'reason', 'since', 'by', 'origin', 'devices', 'in_use')
_NOBODY = 'nothing is drained on this host'


def summary(marks: Iterable[Mark]) -> str:
    """Say how much is drained, in one line."""
    every = tuple(marks)
    if any(mark.address is None for mark in every):
        return 'the whole host is drained'
    return f'{_count(len(every), "device")} drained' if every else _NOBODY


def fleet_summary(number: int) -> str:
    """Say how much is drained on all hosts, in one line."""
    return (f'{_count(number, "device")} drained on all hosts' if number
            else 'nothing is drained on any host')


def rows(marks: Iterable[Mark], found: Inventory, *, knows_owners: bool,
         as_text: bool) -> list[list[object]]:
    """Return one row for each mark.

    :param as_text: words for lists and for None, for formats without them
    """
    made: list[list[object]] = []
    for mark, (devices, used) in _covered(marks, found).items():
        in_use = [{'address': address, 'instance': owner}
                  for address, owner in used.items()]
        made.append([
            mark.address, mark.reason, mark.since, mark.by,
            mark.origin.value, devices,
            in_use if knows_owners else None] if not as_text else [
            mark.address or '', mark.reason, mark.since, mark.by,
            mark.origin.value, ' '.join(devices),
            ' '.join(used) if knows_owners else ''])
    return made


def lines(marks: Iterable[Mark], found: Inventory, *,
          knows_owners: bool) -> Iterator[str]:
    """Yield what a person reads, the device first."""
    nothing = True
    for mark, (devices, used) in _covered(marks, found).items():
        nothing = False
        yield printable(f'{mark.address or "the whole host"}: drained, '
                        f'{mark.reason}')
        if mark.since or mark.by:
            yield printable(f'  since {mark.since} by {mark.by}')
        if not devices:
            yield '  not on this host now'
            continue
        others = len(devices) - (mark.address in devices)
        if others:
            yield f'  {_count(others, "device")} with it'
        if not knows_owners:
            yield ('  in use: not known without the database; nova-compute '
                   'logs it')
        elif not used:
            yield '  nothing of it is in use'
        for address, owner in used.items():
            yield printable(f'  in use: {address} by {owner}')
    if nothing:
        yield _NOBODY


def fleet_rows(found: Iterable[DrainedDevice], *,
               as_text: bool) -> list[list[object]]:
    """Return one row for each drained device of a cloud.

    :param as_text: nothing for None, for formats without it
    """
    return [[each.host, each.address, each.reason,
             each.owner or '' if as_text else each.owner] for each in found]


def fleet_lines(found: Iterable[DrainedDevice]) -> Iterator[str]:
    """Yield what a person reads of them."""
    nothing = True
    for each in found:
        nothing = False
        used = f'; in use by {each.owner}' if each.owner else ''
        yield printable(
            f'{each.host} {each.address}: drained, {each.reason}{used}')
    if nothing:
        yield 'nothing is drained on any host'


def _covered(marks: Iterable[Mark], found: Inventory,
             ) -> dict[Mark, tuple[list[str], dict[str, str]]]:
    """Return the devices of each mark, and the owners of those in use."""
    every = tuple(marks)
    owners = {str(each.address): each.owner for each in found.devices}
    covered: dict[Mark, tuple[list[str], dict[str, str]]] = {
        mark: ([], {}) for mark in every}
    for address, drains in sorted(draining.all_drains(
            every, device_views.places_of(found.devices)).items()):
        for mark in dict.fromkeys(drain.mark for drain in drains):
            devices, used = covered[mark]
            devices.append(address)
            owner = owners[address]
            if owner is not None:
                used[address] = owner
    return covered


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
