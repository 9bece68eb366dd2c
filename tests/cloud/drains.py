# SPDX-License-Identifier: Apache-2.0

"""``nova-pci drain`` and ``undrain`` on a recorded host of the cloud."""

import contextlib
import json
import subprocess

from cloud import hosts
from cloud import rest
from cloud import settings


class Drains:
    """What is drained of one host.

    :param host: name of a recorded host
    """

    def __init__(self, place, host):
        self._place = place
        self._host = host

    def __call__(self, command, *words):
        """Run a command of ``nova-pci``, and return its rows.

        :param command: ``drain``, ``undrain`` or ``drained``
        """
        done = subprocess.run(
            [self._place.program('nova-pci'), command, *words, '--inventory',
             str(hosts.inventory_path(self._place, self._host)),
             '--config-file',
             str(settings.compute_settings(self._place, self._host)),
             '--no-owners', '-f', 'json'],
            capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)['drained']

    @contextlib.contextmanager
    def of(self, *addresses, reason='test'):
        """Drain devices for a while."""
        self('drain', *addresses, '--reason', reason)
        try:
            yield
        finally:
            self('undrain', '--all')


def published(records, host, kind):
    """Return how many devices of a product a compute offers."""
    return sum(pool['count'] for pool in records.pools()[host]
               if pool['product_id'] == kind)


def wait_until_published(records, host, kind, number):
    """Wait until a compute offers so many devices of a product."""
    rest.wait_until(f'{number} of {kind} on {host}', lambda: published(
        records, host, kind) == number)
