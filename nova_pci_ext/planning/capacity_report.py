# SPDX-License-Identifier: Apache-2.0

"""What a fleet takes, as a table for people and as values for machines."""

from collections.abc import Iterator

from nova_pci_ext.planning.counting import Count
from nova_pci_ext.planning.counting import FlavorRow

COLUMNS = ('Flavor', 'Fit', 'Running', 'In proportion', 'Short of')
MACHINE_COLUMNS = ('flavor', 'servers', 'running', 'in_proportion',
                   'ends_proportion', 'short', 'hosts', 'refusal')


def row(found: FlavorRow) -> tuple[object, ...]:
    """Return the cells of one flavor for people."""
    together = '' if found.together is None else str(found.together)
    return (found.name, found.servers,
            '' if found.running is None else found.running,
            f'{together} *' if found.ends else together, _short(found))


def _short(found: FlavorRow) -> str:
    if found.found is None:
        return f'refused: {found.refusal}'
    if not found.found.hosts:
        return 'hosts'
    words, number = found.found.short[0]
    return f'{words} ({_count(number, "host")})'


def data(found: FlavorRow) -> tuple[object, ...]:
    """Return the cells of one flavor for machines."""
    hosts = found.found.hosts if found.found else ()
    short = found.found.short if found.found else ()
    return (found.name, found.servers, found.running, found.together,
            found.ends,
            [{'what': what, 'hosts': number} for what, number in short],
            [{'host': each.host, 'servers': each.servers, 'short': each.short}
             for each in hosts],
            found.refusal)


def summary(count: Count) -> str:
    """Say which flavors fit no more, in one line."""
    full = [each.name for each in count.rows if not each.servers]
    if not full:
        return 'each flavor fits at least once'
    return (f'{len(full)} of {_count(len(count.rows), "flavor")} '
            f'{"fits" if len(full) == 1 else "fit"} no more')


def notes(count: Count) -> Iterator[str]:
    """Yield the lines below the table."""
    if any(each.ends for each in count.rows):
        yield ('* the next server in the proportion of what runs finds no '
               'host')
    if count.left_out:
        verb = 'asks' if count.left_out == 1 else 'ask'
        yield (f'{_count(count.left_out, "flavor")} that {verb} for no PCI '
               'device: not counted')
    if not count.has_room:
        yield ('vCPUs, memory and disk of recorded hosts are not known: not '
               'counted')


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
