# SPDX-License-Identifier: Apache-2.0

"""What is known of a server, for people: the answer first.

``outcome`` is one line, for programs too.
"""

import datetime
from collections.abc import Iterator

from nova_pci_ext.explaining import report
from nova_pci_ext.servers.record import Fault
from nova_pci_ext.servers.record import Server
from nova_pci_ext.servers.run import Told
from nova_pci_ext.servers.since import HostChange

HERE, KEPT = 'is here', 'devices are kept here'
# Hosts, servers, reasons and events that are named to a person.
_MOST_HOSTS, _MOST_NAMES, _MOST_EVENTS = 10, 3, 5

# What Nova notes, by a part of its words, and what that means.
_MEANINGS = (
    ('No valid host was found',
     'the scheduler found no host, or Placement none before it'),
    ('maximum number of retries',
     'hosts were found, and on each the claim or the build failed'),
    ('Insufficient compute resources',
     'a compute refused the claim: its log has the proof'),
    ('uota', 'a quota: no device was the reason'),
    ('mage', 'its image: no device was the reason'),
)


def time(when: datetime.datetime | None) -> str:
    """Return a time of a row."""
    return f'{when:%Y-%m-%d %H:%M:%S} UTC' if when else 'at no known time'


def outcome(told: Told) -> str:
    """Return the answer in one line."""
    server = told.server
    first = f'server {server.name or "?"} ({server.uuid}): {state(server)}'
    if told.judged is None:
        return f'{first}; no host was asked'
    able = sum(1 for each in elsewhere(told).answers if each.servers)
    other = 'other ' if told.judged.own else ''
    count = len(elsewhere(told).answers)
    return (f'{first}; {able} of {count} {other}'
            f'{"host" if count == 1 else "hosts"} can take it now')


def before(told: Told) -> Iterator[str]:
    """Yield what stands before the hosts."""
    server = told.server
    yield f'server {server.name or "?"} ({server.uuid}): {state(server)}'
    yield from (f'  {line}' for line in _why(told))
    yield from (f'  {line}' for line in _devices(told))
    yield from (f'  {line}' for line in _asks(told))
    yield from (f'  not read: {line}' for line in server.unread)
    if told.judged is not None:
        yield f'{question(told)}:'
        if _stays(server):
            yield f'  Nova moves it only {_stays(server)}'
        others = elsewhere(told)
        if others.answers:
            yield from (f'  {line}' for line in report.histogram(others))
        yield from _weighed(told)


def state(server: Server) -> str:
    """Return where a server is, and in which state."""
    if server.place.cell is None:
        return 'no cell has it yet: it is being scheduled, or was lost there'
    if not server.status:
        return f'in cell {server.place.cell}'
    status = server.status
    if server.task_state:
        status += f' ({server.task_state})'
    where = f'on {server.host}' if server.host else 'on no host'
    if server.deleted is not None:
        was = f', was {where}' if server.host else ''
        return f'deleted {time(server.deleted)}{was}'
    if server.place.going:
        return f'{status} {where}; Nova\'s API took it for deleted'
    since = (f' since {time(server.since)}' if server.settled
             and server.vm_state != 'error' and not server.last_failure
             else '')
    return f'{status} {where}, cell {server.place.cell}{since}'


def why(server: Server) -> str:
    """Return what went wrong, in Nova's words; '' where nothing did."""
    fault = _fault(server)
    return fault.message if fault else ''


def _fault(server: Server) -> Fault | None:
    """Return the fault of a server that is in error, or failed last."""
    if not server.faults or (server.vm_state != 'error'
                             and not server.last_failure):
        return None
    return server.faults[0]


def meaning(server: Server) -> str:
    """Return what Nova's words mean, '' where they say it themselves."""
    text = why(server)
    return next((words for part, words in _MEANINGS if part in text), '')


def _why(told: Told) -> Iterator[str]:
    server, fault = told.server, _fault(told.server)
    action = server.last_failure
    if fault is not None:
        where = f' on {fault.host}' if fault.host else ''
        yield f'{time(fault.at)}{where}: {fault.message}'
    elif action is not None:
        yield f'{time(action.at)}: {action.name} failed; Nova noted no fault'
    elif server.vm_state == 'error':
        yield 'Nova noted no fault'
    if meaning(server):
        yield meaning(server)
    if action is not None:
        failed = [f'{each.name} on {each.host}' if each.host else each.name
                  for each in action.events if each.result == 'Error']
        yield (f'what failed: {action.name}'
               + (f', in {", ".join(failed[-_MOST_EVENTS:])}' if failed
                  else ''))
        if action.request_id:
            yield ('the logs have the reasons of that moment: '
                   f'grep {action.request_id}')
    if told.resized_to and not told.flavor:
        yield (f'it was to get flavor {told.resized_to}: --flavor '
               f'{told.resized_to} beside --server says where that fits')


def _devices(told: Told) -> Iterator[str]:
    """Yield the devices that a server has, by host."""
    names = told.asked.names if told.asked else {}
    found: dict[str, list[str]] = {}
    for each in told.server.devices:
        node = '' if each.numa_node is None else f' node {each.numa_node}'
        more = f', drained: {each.drained}' if each.drained else ''
        found.setdefault(each.host, []).append(
            f'{each.address} ({names.get(each.request, each.product)}{node}'
            f'{more})')
    for host, devices in sorted(found.items()):
        verb = 'has' if host == told.server.host else 'is kept'
        yield f'{verb} on {host or "a host without a row"}: ' + (
            ', '.join(devices))
    if not found and told.server.settled and told.server.host:
        yield 'has no PCI device'


def _asks(told: Told) -> Iterator[str]:
    asked = told.asked
    if asked is None:
        return
    devices = ', '.join(f'{count} of {words}'
                        for words, count in asked.requests) or 'no PCI device'
    before_it = f' (before: {asked.old_flavor})' if asked.old_flavor else ''
    yield f'asks for {devices}; flavor {asked.flavor}{before_it}'
    more = []
    if asked.zone:
        more.append(f'zone {asked.zone}')
    if asked.forced:
        more.append(f'told to go to {asked.forced}, past all filters')
    if asked.group:
        more.append(f'server group {asked.group[1]} ({asked.group[0]})')
    more += [f'hint {key}={value}' for key, value in asked.hints]
    if more:
        yield '; '.join(more)
    yield from asked.notes
    yield from told.differences


def question(told: Told) -> str:
    """Return what the hosts were asked."""
    server = told.server
    if told.flavor:
        return f'If it were resized to {told.flavor} now'
    if not server.settled:
        return 'If such a server were booted now'
    if server.vm_state == 'shelved_offloaded':
        return 'If it were unshelved now'
    return 'If it were moved now'


def _stays(server: Server) -> str:
    """Return until when Nova moves a server nowhere, '' for no such time."""
    if not server.settled:
        return ''
    if server.vm_state == 'resized':
        return 'once its resize is confirmed or reverted'
    return f'once it is done with {server.task_state}' if (
        server.task_state) else ''


def elsewhere(told: Told) -> report.Report:
    """Return the answers of hosts on which a server is not."""
    assert told.judged is not None
    return report.make((each for each in told.judged.report.answers
                        if each.host not in told.judged.own), 1)


def _weighed(told: Told) -> Iterator[str]:
    """Yield how the host of a server compares."""
    judged, here = told.judged, told.server.host
    assert judged is not None
    if not here or here not in judged.own:
        return
    order = judged.weighed
    if here not in order:
        yield f'  {here}, where it is, would not take it now'
        return
    place = order.index(here) + 1
    if len(order) == 1:
        yield f'  {here}, where it is, would take it again'
    elif place == 1:
        yield (f'  {here}, where it is, is what the weighers would choose of '
               f'{len(order)} hosts')
    else:
        yield (f'  of {len(order)} hosts the weighers would choose '
               f'{order[0]}; {here}, where it is, is number {place}')


def after(told: Told) -> Iterator[str]:
    """Yield what stands after the hosts."""
    if told.judged is not None and not told.judged.elsewhere:
        yield from report.nearest(elsewhere(told))
    changes = told.changes
    if changes is not None:
        yield f'Since {time(changes.since)}, as far as rows tell:'
        shown = changes.hosts[:_MOST_HOSTS]
        for each in shown:
            yield f'  {each.host}: {"; ".join(change_words(each))}'
        if len(changes.hosts) > len(shown):
            yield f'  and {len(changes.hosts) - len(shown)} more hosts'
        if not changes.hosts:
            yield '  nothing has changed on the hosts'
        yield from (f'  not read: {line}' for line in changes.unread)
    yield 'Not recorded:'
    yield from (f'  {line}' for line in not_recorded(told))


def change_words(change: HostChange) -> Iterator[str]:
    """Yield what has changed on a host, each in a few words."""
    for owner, number in change.taken[:_MOST_NAMES]:
        yield f'{_count(number)} taken by {owner}'
    if len(change.taken) > _MOST_NAMES:
        rest = sum(number for _, number in change.taken[_MOST_NAMES:])
        yield (f'{_count(rest)} taken by '
               f'{len(change.taken) - _MOST_NAMES} more servers')
    for reason, number in change.drained[:_MOST_NAMES]:
        yield f'{_count(number)} drained: {reason}'
    if change.freed:
        yield f'{_count(change.freed)} free, of which the row has changed'
    if change.new:
        yield f'{_count(change.new)} new and free'
    if change.gone:
        yield f'{_count(change.gone)} gone'
    if change.joined:
        yield 'the host is new'
    if change.disabled is not None:
        yield f'disabled now: {change.disabled}'
    if change.down is not None:
        yield f'down now: {change.down}'


def not_recorded(told: Told) -> Iterator[str]:
    """Yield what could matter, and no record has."""
    server = told.server
    yield ('which devices were free then: a row keeps its last change, and '
           'when a service was disabled is kept nowhere')
    if server.settled:
        yield 'the hosts that passed when it came here, and their weights'
    else:
        yield ('a host asked for without force (API 2.74), and ports without '
               'devices: Nova does not keep them for a server without host')


def _count(number: int) -> str:
    return '1 device' if number == 1 else f'{number} devices'
