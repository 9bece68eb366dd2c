# SPDX-License-Identifier: Apache-2.0

"""The quickstart's outcome for people and for programs."""

import json
import textwrap
from typing import Any

import prettytable

from nova_pci_ext.model.printable import printable
from nova_pci_ext.quickstart import observe
from nova_pci_ext.quickstart import story

# What fits on any terminal, and the columns with the most that each may take.
WIDTH = 80
COLUMNS = {'server': 12, 'host': 12, 'device': 12, 'NUMA node': 9,
           'request': 19}


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
    servers = prettytable.PrettyTable(list(COLUMNS))
    servers.align = 'l'
    servers.max_width = COLUMNS
    servers.hrules = prettytable.HRuleStyle.ALL
    servers.add_rows(rows(outcome))
    counts = prettytable.PrettyTable(
        ('pci_devices of', 'before', 'during', 'after'))
    counts.align = 'l'
    counts.max_table_width = WIDTH
    for host in outcome.before:
        counts.add_row([printable(host), *(
            _counted(moment.get(host, {})) for moment in
            (outcome.before, outcome.during, outcome.after))])
    return '\n'.join((str(servers), *port_lines(outcome), str(counts)))


def _counted(of_host: Any) -> str:
    return ', '.join(f'{number} {status}'
                     for status, number in of_host.items()) or 'none'


def as_json(outcome: story.Outcome) -> str:
    """Return everything, for programs."""
    return json.dumps({
        'holds': outcome.holds,
        'checks': [{'claim': check.claim, 'wrong': check.wrong}
                   for check in outcome.checks],
        'servers': outcome.servers, 'refusal': outcome.refusal,
        'counts': {'before': _plain(outcome.before),
                   'during': _plain(outcome.during),
                   'after': _plain(outcome.after)},
    }, indent=2)


def _plain(counts: observe.Counts) -> dict[str, dict[str, int]]:
    return {host: dict(of_host) for host, of_host in counts.items()}
