# SPDX-License-Identifier: Apache-2.0

"""What is known of a server, as values that JSON can hold.

``schemas/server.json`` has the form.
"""

import dataclasses
import datetime
from collections.abc import Mapping

from nova_pci_ext.explaining import report
from nova_pci_ext.explaining.answers import Answer
from nova_pci_ext.servers import wording
from nova_pci_ext.servers.asking import Asked
from nova_pci_ext.servers.judging import Judged
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Server
from nova_pci_ext.servers.run import Told
from nova_pci_ext.servers.since import Changes


def document(told: Told, status: int) -> dict[str, object]:
    """Return all of it.

    :param status: of the command when it ends
    """
    return {
        'verdict': {
            'command': 'explain', 'status': status,
            'answer': 'not_all_read' if told.judged is None else
            'fits' if status == 0 else 'does_not_fit',
            'text': wording.outcome(told),
            'warnings': [told.refusal] if told.refusal else []},
        'server': _server(told.server),
        'why': {'message': wording.why(told.server),
                'means': wording.meaning(told.server),
                'resized_to': told.resized_to},
        'asked': _asked(told.asked) if told.asked else None,
        'question': wording.question(told),
        'hosts': [_host(told, told.judged, each)
                  for each in told.judged.report.answers]
        if told.judged else [],
        'weighed': list(told.judged.weighed) if told.judged else [],
        'changes': _changes(told.changes) if told.changes else None,
        'differences': list(told.differences),
        'not_recorded': list(wording.not_recorded(told))}


def _host(told: Told, judged: Judged, answer: Answer) -> dict[str, object]:
    """Return what one host says."""
    server, own = told.server, answer.host in judged.own
    names = told.asked.names if told.asked else {}
    return {
        'host': answer.host, 'answer': group(judged, answer, server),
        'servers': answer.servers, 'reason': report.reason_data(answer),
        'words': report.words(answer),
        'devices': [{'request': names.get(each.request, ''),
                     'address': each.address}
                    for each in server.devices if each.host == answer.host]
        if own else report.used_data(answer),
        'changes': report.changes_data(answer), 'own': own}


def group(judged: Judged, answer: Answer, server: Server) -> str:
    """Return the kind of an answer, which a host of the server has too."""
    kind = report.group(answer)
    if answer.host not in judged.own:
        return kind
    here = wording.HERE if answer.host == server.host else wording.KEPT
    return here if answer.servers else f'{here}; {kind}'


def _time(when: datetime.datetime | None) -> str | None:
    return f'{when:%Y-%m-%dT%H:%M:%SZ}' if when else None


def _server(server: Server) -> dict[str, object]:
    return {
        'uuid': server.uuid, 'name': server.name, 'status': server.status,
        'vm_state': server.vm_state, 'task_state': server.task_state,
        'host': server.host, 'cell': server.place.cell, 'zone': server.zone,
        'deleted': server.is_deleted,
        'created_at': _time(server.created),
        'launched_at': _time(server.launched),
        'deleted_at': _time(server.deleted),
        'faults': [{'at': _time(each.at), 'code': each.code,
                    'message': each.message, 'host': each.host}
                   for each in server.faults],
        'actions': [_action(each) for each in server.actions],
        'moves': [{'at': _time(each.at), 'kind': each.kind,
                   'status': each.status, 'source': each.source,
                   'target': each.target} for each in server.moves],
        'devices': [{
            'host': each.host, 'address': each.address,
            'product': each.product, 'status': each.status,
            'numa_node': each.numa_node, 'request': each.request,
            'drained': each.drained} for each in server.devices],
        'unread': list(server.unread)}


def _action(action: Action) -> dict[str, object]:
    return {'at': _time(action.at), 'name': action.name,
            'request_id': action.request_id, 'message': action.message,
            'events': [dataclasses.asdict(each) for each in action.events]}


def _asked(asked: Asked) -> dict[str, object]:
    flavor = asked.spec.flavor
    specs: Mapping[str, str] = flavor.extra_specs if flavor else {}
    return {
        'flavor': asked.flavor, 'old_flavor': asked.old_flavor,
        'extra_specs': dict(specs),
        'requests': [{'request': words, 'count': count}
                     for words, count in asked.requests],
        'zone': asked.zone, 'forced': asked.forced,
        'group': {'policy': asked.group[0], 'name': asked.group[1]}
        if asked.group else None,
        'hints': dict(asked.hints), 'notes': list(asked.notes)}


def _changes(changes: Changes) -> dict[str, object]:
    return {
        'since': _time(changes.since), 'unread': list(changes.unread),
        'hosts': [{
            'host': each.host,
            'taken': [{'by': owner, 'devices': number}
                      for owner, number in each.taken],
            'drained': [{'reason': reason, 'devices': number}
                        for reason, number in each.drained],
            'row_changed': each.freed, 'new': each.new, 'gone': each.gone,
            'joined': each.joined, 'disabled': each.disabled,
            'down': each.down} for each in changes.hosts]}
