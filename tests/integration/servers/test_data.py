# SPDX-License-Identifier: Apache-2.0

"""What programs are told of a server."""

import json

import jsonschema
import pytest

from nova_pci_ext.servers import data
from nova_pci_ext.servers import schema
from nova_pci_ext.servers.record import Move
from nova_pci_ext.servers.run import Told
from nova_pci_ext.servers.since import Changes
from nova_pci_ext.servers.since import HostChange
from tests.integration.servers import scenes
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import UUID
from tests.integration.servers.scenes import FAILED
from tests.integration.servers.scenes import failed
from tests.integration.servers.scenes import FAULT
from tests.integration.servers.scenes import told

pytestmark = pytest.mark.nova


def test_what_programs_read(monkeypatch):
    """Valid by the schema, with and without an answer of hosts."""
    whole = told(
        monkeypatch, scenes.server(
            host='busy', devices=(scenes.device('busy', request='r1'),),
            faults=(FAULT,), actions=(FAILED,), moves=(Move(
                at=None, kind='resize', status='error', source='a',
                target='b'),)),
        changes=Changes(since=NOON, hosts=(HostChange(
            host='busy', taken=(('s', 1),), drained=(('fan', 2),)),)))
    bare = Told(server=failed(), refusal='Placement does not answer')
    for found, status in ((whole, 0), (bare, 2)):
        document = data.document(found, status)
        jsonschema.validate(document, schema.load())
        assert json.loads(json.dumps(document)) == document
    document = data.document(whole, 0)
    assert [(each['host'], each['answer'], each['own'], each['devices'][:1])
            for each in document['hosts'] if each['own']] == [
        ('busy', 'is here', True,
         [{'request': 'vf', 'address': '0000:81:00.1'}])]
    assert data.document(bare, 2)['verdict'] == {
        'command': 'explain', 'status': 2, 'answer': 'not_all_read',
        'text': f'server web ({UUID}): ERROR on no host, cell cell0; no host '
                'was asked', 'warnings': ['Placement does not answer']}
