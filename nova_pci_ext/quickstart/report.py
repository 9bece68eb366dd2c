# SPDX-License-Identifier: Apache-2.0

"""The quickstart's outcome for people and for programs."""

import json
import textwrap
from typing import Any

from nova_pci_ext.drawing import table
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.printable import printable
from nova_pci_ext.quickstart import observe
from nova_pci_ext.quickstart import story

# What fits on any terminal.
WIDTH = 80
COLUMNS = ('server', 'host', 'device', 'NUMA node', 'request')


def rows(outcome: story.Outcome) -> list[list[str]]:
    """Return one row for each device that a server was handed."""
    found: list[list[str]] = []
    for server in outcome.servers:
        for device in server['devices']:
            numa = device['numa_node']
            found.append([
                printable(server['name']), printable(server['host']),
                printable(device['address']),
                '-' if numa is None else str(numa),
                printable(server['request'])])
    return found


def port_lines(outcome: story.Outcome) -> list[str]:
    """Return what Nova and Neutron have said of each port, key by key."""
    found: list[str] = []
    for server in outcome.servers:
        for port in server['ports']:
            for title, values in (('binding:profile', port['profile']),
                                  ('vif_details', port['vif_details'])):
                found.append(f'{title} of port {printable(port["id"])}:')
                for key, value in values.items():
                    found += textwrap.wrap(
                        f'{printable(key)}: {json.dumps(value)}', WIDTH,
                        initial_indent='  ', subsequent_indent='    ')
    return found


def as_table(outcome: story.Outcome) -> str:
    """Return the servers, what was said of their ports, and the counts."""
    counts = [[printable(host), *(
        _counted(moment.get(host, {})) for moment in
        (outcome.before, outcome.during, outcome.after))]
        for host in outcome.before]
    return '\n'.join((
        *table.lines(COLUMNS, rows(outcome), WIDTH), *port_lines(outcome),
        *table.lines(('pci_devices of', 'before', 'during', 'after'), counts,
                     WIDTH)))


def _counted(of_host: Any) -> str:
    return ', '.join(f'{number} {status}'
                     for status, number in of_host.items()) or 'none'


def as_json(outcome: story.Outcome) -> str:
    """Return everything, for programs."""
    wrong = sum(check.wrong is not None for check in outcome.checks)
    verdict = command_verdict.CommandVerdict(
        command='quickstart', status=1 if wrong else 0,
        answer=command_verdict.CommandAnswer.DOES_NOT_HOLD if wrong
        else command_verdict.CommandAnswer.HOLDS,
        text=f'{len(outcome.checks) - wrong} of {len(outcome.checks)} checks '
             'hold')
    return json.dumps({
        'verdict': verdict.data(),
        'checks': [{'claim': check.claim, 'wrong': check.wrong}
                   for check in outcome.checks],
        'servers': outcome.servers, 'refusal': outcome.refusal,
        'counts': {'before': _plain(outcome.before),
                   'during': _plain(outcome.during),
                   'after': _plain(outcome.after)},
    }, indent=2)


def _plain(counts: observe.Counts) -> dict[str, dict[str, int]]:
    return {host: dict(of_host) for host, of_host in counts.items()}
