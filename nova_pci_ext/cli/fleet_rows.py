# SPDX-License-Identifier: Apache-2.0

"""What all hosts of a cloud have, as lines, as a table and for machines."""

import collections
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.drawing import host_names
from nova_pci_ext.drawing import levels
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import UnhealthyCard
from nova_pci_ext.model.printable import printable

SHORT = ('hosts', 'class', 'free', 'of', 'used', 'drained', 'unhealthy')
GROUPS = 'whole groups'
ALL = ('hosts', 'disabled', 'ids', 'type', 'product_name', 'devices',
       'free', 'used', 'drained', 'dependent', 'drained_used', 'unhealthy',
       'free_by_numa_node', 'groups', 'largest_whole_group',
       'unhealthy_cards')
Names = Mapping[DeviceClass, str]
_TABLE_NAMES = 24
#: Cards that are listed for several hosts together, and reasons of a host.
_MOST_CARDS = _MOST_REASONS = 16


def summary(every: Iterable[EqualHosts]) -> str:
    """Say in one line how many hosts there are, and what is free."""
    known = list(every)
    free = {kind: found for kind, (found, _) in _totals(known).items()}
    hosts = sum(len(equal.hosts) for equal in known)
    return _number(hosts, 'host') + (': ' if free else '') + ', '.join(
        f'{number:,} {kind} free' for kind, number in free.items())


def table(folded: Iterable[EqualHosts],
          ) -> tuple[tuple[str, ...], list[list[object]]]:
    """Return columns and rows for people, one row for hosts and class.

    Where nobody declares groups there is no column for them.
    """
    every = [(equal, kind, counts) for equal in folded
             for kind, counts in equal.classes]
    with_groups = any(counts.groups for *_, counts in every)
    made: list[list[object]] = []
    for equal, kind, counts in every:
        number = len(equal.hosts)
        name = _hosts(equal, _TABLE_NAMES)
        made.append([f'{name} x{number}' if number > 1 else name, str(kind),
                     counts.free, counts.devices, counts.used,
                     _with_used(counts), counts.unhealthy,
                     *([_whole(counts)] if with_groups else [])])
    return (*SHORT, GROUPS) if with_groups else SHORT, made


def full_rows(folded: Iterable[EqualHosts], names: Names, *,
              as_text: bool) -> list[list[object]]:
    """Return the rows for machines, one for hosts and class.

    :param as_text: words for lists and for None, for formats without them
    """
    made: list[list[object]] = []
    for equal in folded:
        for kind, counts in equal.classes:
            name = names.get(kind)
            nodes = [{'numa_node': node, 'free': number}
                     for node, number in counts.free_by_node]
            groups = [{'type': each.type, 'size': each.size,
                       'whole': each.whole, 'declared': each.declared}
                      for each in counts.groups]
            bad = _cards(equal, kind)
            made.append([
                ' '.join(equal.hosts) if as_text else list(equal.hosts),
                equal.disabled, kind.ids, kind.dev_type,
                name or '' if as_text else name, counts.devices,
                counts.free, counts.used, counts.drained, counts.dependent,
                counts.drained_used, counts.unhealthy,
                ' '.join(f'{_node(node)}={number}' for node, number
                         in counts.free_by_node) if as_text else nodes,
                levels.groups(counts) if as_text else groups,
                counts.largest_whole,
                '; '.join(f'{each.host} {each.address}: {each.faults}'
                          for each in bad) if as_text else [
                    {'host': each.host, 'address': each.address,
                     'faults': each.faults, 'devices': each.devices}
                    for each in bad]])
    return made


def lines(folded: Sequence[EqualHosts], every: Sequence[EqualHosts],
          names: Names, *, with_drained: bool = False) -> Iterator[str]:
    """Yield what a person reads: what the cloud has, then its hosts.

    :param folded: those that are listed, of ``every``
    :param with_drained: whether to say what is drained, and why
    """
    hosts = sum(len(equal.hosts) for equal in every)
    if hosts != 1:
        yield _number(hosts, 'host')
        for kind, (free, devices) in _totals(every).items():
            yield f'  {_class(kind, names)}: {free:,} of {devices:,} free'
    for equal in folded:
        if hosts != 1:
            yield ''
        number = (f', {_number(len(equal.hosts), "host")}'
                  if len(equal.hosts) > 1 else '')
        yield printable(_hosts(equal, host_names.MOST_LETTERS * 2) + number)
        if not equal.classes:
            yield '  no PCI devices'
        for kind, counts in equal.classes:
            yield from _class_lines(kind, counts,
                                    names if hosts == 1 else {})
            yield from _card_lines(_cards(equal, kind), len(equal.hosts))
        if with_drained:
            yield from _drained_lines(equal)


def _class_lines(kind: DeviceClass, counts: ClassCounts,
                 names: Names) -> Iterator[str]:
    """Yield what a host has of a class, with its name where one is given."""
    if kind in names:
        yield f'  {_class(kind, names)}'
        yield f'    {levels.words(counts)}'
    else:
        yield printable(f'  {kind}: {levels.words(counts)}')
    if len(counts.free_by_node) > 1 and levels.free_nodes(counts):
        yield f'    free on {levels.free_nodes(counts)}'
    if counts.groups:
        yield printable(f'    {levels.groups(counts)}')


def _card_lines(bad: Sequence[UnhealthyCard], hosts: int) -> Iterator[str]:
    """Yield what is wrong with which card; of one host every card.

    :param hosts: how many they are of
    """
    shown = bad if hosts == 1 else bad[:_MOST_CARDS]
    for card in shown:
        host = f'{card.host} ' if hosts > 1 else ''
        yield printable(
            f'    {host}{card.address} is not healthy: {card.faults}')
    if len(shown) < len(bad):
        yield (f'    {_number(len(bad) - len(shown), "more card")} not '
               'healthy; --host NAME lists those of a host')


def _drained_lines(equal: EqualHosts) -> Iterator[str]:
    """Yield what is drained of the classes that are listed, and why.

    Devices with one reason, as a PF and its VFs, are one line.
    """
    kinds = {kind for kind, _ in equal.classes}
    reasons: dict[tuple[str, str], list[str]] = {}
    for dev in equal.drained:
        if dev.kind in kinds:
            why = draining.of_card(dev.reason, dev.parent)
            reasons.setdefault((dev.host, why), []).append(dev.address)
    for (host, why), (first, *others) in itertools.islice(
            reasons.items(), _MOST_REASONS):
        where = f'{host} ' if len(equal.hosts) > 1 else ''
        more = f' and {len(others)} more are' if others else ' is'
        yield printable(f'  {where}{first}{more} drained: {why}')
    if len(reasons) > _MOST_REASONS:
        yield (f'  {_number(len(reasons) - _MOST_REASONS, "more reason")}; '
               'nova-pci drained --all-hosts lists them')


def _cards(equal: EqualHosts, kind: DeviceClass) -> list[UnhealthyCard]:
    return [card for card in equal.unhealthy if card.kind == kind]


def _totals(every: Iterable[EqualHosts],
            ) -> dict[DeviceClass, tuple[int, int]]:
    """Return of each class how many devices are free, and how many exist."""
    free: collections.Counter[DeviceClass] = collections.Counter()
    devices: collections.Counter[DeviceClass] = collections.Counter()
    for equal in every:
        for kind, counts in equal.classes:
            free[kind] += counts.free * len(equal.hosts)
            devices[kind] += counts.devices * len(equal.hosts)
    return {kind: (free[kind], number)
            for kind, number in sorted(devices.items())}


def _class(kind: DeviceClass, names: Names) -> str:
    name = names.get(kind)
    return printable(f'{kind} {name}' if name else str(kind))


def _hosts(equal: EqualHosts, most: int) -> str:
    name = host_names.short(equal.hosts, most)
    return f'{name} (disabled)' if equal.disabled else name


def _with_used(counts: ClassCounts) -> str | int:
    """Return the drained devices, and after ``+`` those that are used."""
    if not counts.drained_used:
        return counts.drained
    return f'{counts.drained} (+{counts.drained_used})'


def _whole(counts: ClassCounts) -> str:
    """Say how many groups are whole: ``nvlink 2:1/4 4:0/2``."""
    kinds: dict[str, list[str]] = {}
    for each in counts.groups:
        kinds.setdefault(each.type, []).append(
            f'{each.size}:{each.whole}/{each.declared}')
    return ', '.join(f'{kind} {" ".join(found)}'
                     for kind, found in kinds.items())


def _node(node: int | None) -> str:
    return '-' if node is None else str(node)


def _number(number: int, word: str) -> str:
    return f'{number:,} {word}{"s" * (number != 1)}'
