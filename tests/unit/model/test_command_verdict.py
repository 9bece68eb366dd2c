# SPDX-License-Identifier: Apache-2.0

"""The verdict of a command, as JSON has it."""

import json

from nova_pci_ext.model.command_verdict import CommandAnswer
from nova_pci_ext.model.command_verdict import CommandVerdict


def test_a_verdict_is_plain_values():
    found = CommandVerdict(
        command='explain', status=1, answer=CommandAnswer.DOES_NOT_FIT,
        text='0 of 1 server fits', warnings=('a doubt',)).data()
    assert json.loads(json.dumps(found)) == found == {
        'command': 'explain', 'status': 1, 'answer': 'does_not_fit',
        'text': '0 of 1 server fits', 'warnings': ['a doubt']}
