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
    assert row == [SHOWN, SHOWN, SHOWN, '-', SHOWN,
                   f'{SHOWN}: "\\u001b[2J\\n\\u202e"', '']
    assert f'| {SHOWN} ' in report.as_table(outcome).splitlines()[-2]
