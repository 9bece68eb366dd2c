# SPDX-License-Identifier: Apache-2.0

import types

from nova_pci_ext.quickstart import report

HOSTILE = '\x1b[2J\n\u202e'
SHOWN = '\\x1b[2J\\n\\u202e'


def test_names_of_others_are_escaped():
    outcome = types.SimpleNamespace(
        before={HOSTILE: {}}, during={}, after={}, servers=[{
            'name': HOSTILE, 'host': HOSTILE,
            'ports': [{'id': 'p', 'profile': {HOSTILE: HOSTILE},
                       'vif_details': {}}],
            'request': HOSTILE, 'devices': [{
                'address': HOSTILE, 'numa_node': None, 'port': 'p'}]}])
    (row,) = report.rows(outcome)
    assert row == [SHOWN, SHOWN, SHOWN, '-', SHOWN]
    assert report.port_lines(outcome) == [
        'binding:profile of port p:',
        f'  {SHOWN}: "\\u001b[2J\\n\\u202e"', 'vif_details of port p:']
    assert f'| {SHOWN} ' in report.as_table(outcome).splitlines()[-2]


def test_no_line_is_wider_than_a_terminal():
    outcome = types.SimpleNamespace(
        before={'h' * 30: {'available': 7}},
        during={'h' * 30: {'allocated': 12, 'available': 5}},
        after={'h' * 30: {'available': 7}}, servers=[{
            'name': 'server-port', 'host': 'h' * 30,
            'ports': [{'id': 'p' * 36, 'vif_details': {},
                       'profile': {'capabilities': ['rxhash'] * 30}}],
            'request': f'port {"p" * 36}', 'devices': [{
                'address': '0000:0a:00.6', 'numa_node': 0, 'port': 'p'}]}])
    lines = report.as_table(outcome).splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert '2 allocated' in ' '.join(lines)
