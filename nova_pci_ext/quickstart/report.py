# SPDX-License-Identifier: Apache-2.0

"""The quickstart's outcome for people and for programs."""

import json
from typing import Any

import prettytable

from nova_pci_ext.model.printable import printable
from nova_pci_ext.quickstart import observe
from nova_pci_ext.quickstart import story

COLUMNS = ('server', 'host', 'device', 'NUMA node', 'request',
           'binding:profile', 'vif_details')
JSON_WIDTH = 34


def rows(outcome: story.Outcome) -> list[list[str]]:
    """Return one row for each device that a server was handed."""
    found: list[list[str]] = []
    for server in outcome.servers:
        ports = {port['id']: port for port in server['ports']}
        for device in server['devices']:
            port = ports.get(device['port'])
            numa = device['numa_node']
            found.append([
                printable(server['name']), printable(server['host']),
                printable(device['address']),
                '-' if numa is None else str(numa),
                printable(server['request']),
                _shown(port and port['profile']),
                _shown(port and port['vif_details'])])
    return found


def _shown(values: dict[str, Any] | None) -> str:
    """Return one key a line; a dash where no port has a say."""
    if values is None:
        return '-'
    return '\n'.join(f'{printable(key)}: {json.dumps(value)}'
                     for key, value in values.items())


def as_table(outcome: story.Outcome) -> str:
    """Return the table of servers and the one of counts."""
    servers = prettytable.PrettyTable(COLUMNS)
    servers.align = 'l'
    servers.max_width = JSON_WIDTH
    servers.hrules = prettytable.HRuleStyle.ALL
    servers.add_rows(rows(outcome))
    counts = prettytable.PrettyTable(
        ('pci_devices of', 'before', 'during', 'after'))
    counts.align = 'l'
    for host in outcome.before:
        counts.add_row([printable(host), *(
            _counted(moment.get(host, {})) for moment in
            (outcome.before, outcome.during, outcome.after))])
    return f'{servers}\n{counts}'


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
