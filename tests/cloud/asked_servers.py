# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain --server`` on a controller of the cloud."""

import json
import subprocess

import jsonschema

from cloud import settings
from nova_pci_ext.servers import schema

NO_HOST = 'No valid host was found. There are not enough hosts available.'


class Asking:
    """Runs the command; what it prints has to keep to its schema."""

    def __init__(self, place):
        self._place = place

    def __call__(self, server, *words):
        """Return exit status and answer."""
        done = subprocess.run(
            [self._place.program('nova-pci'), 'explain', '--server', server,
             *words, '--config-file',
             str(self._place.etc / 'nova' / settings.NOVA), '-f', 'json'],
            capture_output=True, text=True, timeout=300)
        assert (done.returncode in (0, 1), done.stderr) == (True, '')
        found = json.loads(done.stdout)
        jsonschema.validate(found, schema.load())
        return done.returncode, found


def answers(found):
    """Return the answer of each host."""
    return {each['host']: each['answer'] for each in found['hosts']}


def shown(found):
    """Return host and address of each device that a server has."""
    return sorted((each['host'], each['address'])
                  for each in found['server']['devices'])


def owned(records, server):
    """Return the same from the rows of all hosts."""
    return sorted((each.host, each.address) for each in records.devices()
                  if each.owner == server)
