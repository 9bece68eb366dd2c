# SPDX-License-Identifier: Apache-2.0

"""Answers of many hosts, summed up and put in order."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.explaining.answers import Answer
from nova_pci_ext.explaining.answers import LIMIT
from nova_pci_ext.matching import wording
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.verdict import Reason

PASSES = 'passes'
CUT_OFF = 'left out of the answer of Placement'
REFUSED = 'refused by another filter'
# Those that pass, and would, had the scheduler heard of them; then why not:
# what never changes, what does, and what does once requests are served
# together; last what devices cannot help.
#: Drained devices of a host that are named to a person.
_MOST_DRAINED = 4
GROUPS = (PASSES, CUT_OFF, *wording.GROUPS, REFUSED)


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What all hosts say to a server.

    :ivar count: servers that were asked for
    :ivar counted_all: whether hosts counted all servers that fit
    """

    answers: tuple[Answer, ...]
    count: int
    counted_all: bool = False

    @property
    def total(self) -> int:
        """How many servers all hosts take together."""
        return sum(answer.servers for answer in self.answers)

    @property
    def fits(self) -> bool:
        """Whether all servers that were asked for find a host."""
        return self.total >= self.count


def make(answers: Iterable[Answer], count: int, *,
         counted_all: bool = False) -> Report:
    """Put answers in the order in which they are shown."""
    return Report(tuple(sorted(answers, key=lambda answer: (
        GROUPS.index(group(answer)), -answer.servers, words(answer),
        answer.host))), count, counted_all)


def group(answer: Answer) -> str:
    """Return the kind of an answer."""
    if answer.servers:
        return PASSES
    if answer.refused_by == LIMIT:
        return CUT_OFF
    if answer.drained:
        return wording.NOT_NOW
    if (answer.shortage is None
            or answer.shortage.reason is Reason.NO_CANDIDATES):
        return REFUSED
    return wording.NOT_NOW if _in_use(answer) else wording.group_text(
        answer.shortage.reason)


def _in_use(answer: Answer) -> bool:
    """Whether what would fit is there, but owned.

    A compute does not publish it, so the scheduler cannot know.
    """
    return (answer.in_use and answer.shortage is not None
            and not answer.shortage.reason.not_now)


def _reasons(answer: Answer) -> str:
    """Return the reasons of operators; what follows from one is not one."""
    every = {reason for _, reason in answer.drained}
    own = sorted(reason for reason in every if not any(
        reason.endswith(f': {other}') for other in every))
    more = f' and {len(own) - 2} more' if len(own) > 2 else ''
    return ', '.join(own[:2]) + more


def words(answer: Answer) -> str:
    """Return a few words that say why a host refuses; '' if it does not."""
    if answer.drained:
        return f'devices that fit are drained: {_reasons(answer)}'
    if _in_use(answer):
        return 'devices that fit are in use'
    if answer.shortage is not None:
        return wording.reason_text(answer.shortage.reason)
    return answer.refused_by or ''


def histogram(report: Report) -> Iterator[str]:
    """Yield the lines that stand first."""
    hosts = len(report.answers)
    able = sum(1 for answer in report.answers if answer.servers)
    fitting = report.total if report.counted_all else min(report.total,
                                                          report.count)
    yield (f'{able} of {_count(hosts, "host")} can take such a server; '
           f'{_room(report, fitting)}')
    counts: dict[tuple[str, str], int] = {}
    for answer in report.answers:
        key = group(answer), words(answer)
        counts[key] = counts.get(key, 0) + 1
    for (kind, why), number in counts.items():
        verb = 'pass' if kind == PASSES and number > 1 else kind
        yield f'  {number} {verb}{f": {why}" if why else ""}'


def _room(report: Report, fitting: int) -> str:
    if report.counted_all:
        return f'room for {_count(fitting, "server")} in all'
    verb = 'fits' if report.count == 1 else 'fit'
    return f'{fitting} of {_count(report.count, "server")} {verb}'


def nearest(report: Report) -> Iterator[str]:
    """Yield what would help where not all servers fit."""
    near = _nearest(report)
    if near is None:
        return
    if not near.changes[0]:
        yield (f'nearest: {near.host} has the devices, but Placement offers '
               'others or none')
        return
    what = 'one more' if near.servers else 'such a server'
    yield f'nearest: {near.host} would take {what} with'
    yield from _ways(near)


def _nearest(report: Report) -> Answer | None:
    """Return the host that needs the smallest change, None for none."""
    return None if report.fits else min(
        (answer for answer in report.answers if answer.changes),
        key=lambda answer: (_size(answer.changes[0]), -answer.servers,
                            GROUPS.index(group(answer)), answer.host),
        default=None)


def ways_of_nearest(report: Report) -> list[tuple[int, str]]:
    """Return the size and the words of what ``nearest`` says."""
    near = _nearest(report)
    if near is None or not near.changes[0]:
        return []
    return [*((_size(changes),
               f'{wording.changes_text(changes)}, on {near.host}')
              for changes in near.changes),
            *((1, f'instance {owner} gone from {near.host}')
              for owner in near.leavers)]


def _size(changes: Changes) -> int:
    return sum(change.size for change in changes)


def details(report: Report) -> Iterator[str]:
    """Yield everything about every host that refuses."""
    for answer in report.answers:
        if answer.shortage is not None:
            yield f'{answer.host}:'
            yield f'  {group(answer)}: {words(answer)}'
            yield from (f'  {line}' for line in
                        wording.shortage_lines(answer.shortage)[1:])
            if answer.changes or answer.drained:
                yield '  would take such a server with'
                yield from (f'  {line}' for line in _ways(answer))


def _ways(answer: Answer) -> Iterator[str]:
    """Yield what would help, each way a line."""
    ways = [wording.changes_text(changes) for changes in answer.changes]
    ways += [f'instance {owner} gone' for owner in answer.leavers]
    ways += [f'device {address} undrained ({reason})'
             for address, reason in answer.drained[:_MOST_DRAINED]]
    if len(answer.drained) > _MOST_DRAINED:
        ways.append(f'one of {len(answer.drained) - _MOST_DRAINED} more '
                    'undrained')
    for number, way in enumerate(ways):
        yield f'  {"or " if number else ""}{way}'


def ways_text(answer: Answer) -> str:
    """Return what would help, in one line."""
    return ' '.join(line.strip() for line in _ways(answer))


def used_text(answer: Answer) -> str:
    """Return which devices, or pools, the first server would get."""
    if not answer.devices:
        return wording.assignment_text(answer.used) if answer.used else ''
    found: dict[str, list[str]] = {}
    for name, address in answer.devices:
        found.setdefault(name, []).append(address)
    return '; '.join(f'{name}: {", ".join(addresses)}'
                     for name, addresses in found.items())


def used_data(answer: Answer) -> list[dict[str, object]]:
    """Return the same as values that JSON can hold."""
    if not answer.devices:
        return wording.assignment_data(answer.used) if answer.used else []
    return [{'request': name, 'address': address}
            for name, address in answer.devices]


def reason_data(answer: Answer) -> dict[str, object]:
    """Return why a host refuses, as values; {} if it does not."""
    if answer.shortage is not None:
        return wording.shortage_data(answer.shortage)
    return {'refused_by': answer.refused_by} if answer.refused_by else {}


def changes_data(answer: Answer) -> list[list[dict[str, object]]]:
    """Return what would help, as values."""
    return [wording.changes_data(changes) for changes in answer.changes] + [
        [{'instance': owner, 'change': f'instance {owner} gone'}]
        for owner in answer.leavers] + [
        [{'address': address, 'reason': reason, 'change': 'undrain'}]
        for address, reason in answer.drained]


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
