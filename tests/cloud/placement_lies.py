# SPDX-License-Identifier: Apache-2.0

"""What lies are told to Placement with; each is taken back at the end."""

import contextlib
import uuid

import os_traits

from cloud import rest

CARD = '0000:82:00.0'
STRANGE_CARD = '0000:FE:00.0'
ADMIN = '00000000-0000-0000-0000-00000000000a'


class InPlacement:
    """Placement's book of the NVMe cards.

    :param found: the liar whose cloud it is
    """

    def __init__(self, found):
        self._found = found
        self._call = found.calls.placement

    def _uuid(self, name):
        (found,) = self._call('GET', f'/resource_providers?name={name}')[
            'resource_providers']
        return found['uuid']

    def _card(self, host):
        return f'/resource_providers/{self._uuid(f"{host}_{CARD}")}'

    def allocate(self, consumer, host, number=1):
        """Let a consumer have so many of a host's functions."""
        uuid_of_card = self._uuid(f'{host}_{CARD}')
        (name,) = self._call('GET', f'{self._card(host)}/inventories')[
            'inventories']
        old = self._call('GET', f'/allocations/{consumer}')
        held = {each: {'resources': value['resources']}
                for each, value in old['allocations'].items()}
        self._found.later.callback(self._write, consumer, old, held)
        self._write(consumer, old, {
            **{each: value for each, value in held.items()
               if each != uuid_of_card},
            **({uuid_of_card: {'resources': {name: number}}}
               if number else {})})

    def _write(self, consumer, old, held):
        now = self._call('GET', f'/allocations/{consumer}')
        if not (held or now['allocations']):
            # Placement would make a consumer that has nothing, and tell of
            # none from then on.
            return
        # Nova writes none, and Placement takes none that is called so.
        kind = old.get('consumer_type', 'unknown')
        self._call('PUT', f'/allocations/{consumer}', {
            'allocations': held,
            'project_id': old.get('project_id', ADMIN),
            'user_id': old.get('user_id', ADMIN),
            'consumer_type': 'INSTANCE' if kind == 'unknown' else kind,
            'consumer_generation': now.get('consumer_generation')})

    def ended_move(self):
        """Let there be a move of the server that has ended.

        :returns: its UUID
        """
        found, name = self._found, str(uuid.uuid4())
        found.later.callback(
            found.sql, 'DELETE FROM nova.migrations WHERE uuid = %s', name)
        found.sql(
            'INSERT INTO nova.migrations (uuid, instance_uuid, status, '
            'source_compute, dest_compute, source_node, dest_node, '
            'migration_type, hidden, deleted) VALUES (%s, %s, "confirmed", '
            '%s, %s, %s, %s, "migration", 0, 0)', name, found.owner,
            found.other, found.host, found.other, found.host)
        return name

    def provider(self, host):
        """Make a provider of a device that is not there.

        :param host: None for that of a node that is not there
        """
        name = str(uuid.uuid4())
        url = f'/resource_providers/{name}'
        self._found.later.callback(self._delete, url)
        self._call('POST', '/resource_providers', {
            'uuid': name, 'name': f'{host or "gone"}_{STRANGE_CARD}',
            **({'parent_provider_uuid': self._uuid(host)} if host else {})})
        self._call('PUT', f'{url}/inventories', {
            'resource_provider_generation': 0,
            'inventories': {'CUSTOM_PCI_1B36_0010': {'total': 1}}})
        self._call('PUT', f'{url}/traits', {
            'resource_provider_generation': 1,
            'traits': [os_traits.COMPUTE_MANAGED_PCI_DEVICE]})

    def _delete(self, url):
        with contextlib.suppress(rest.RestError):
            # The repair has deleted it.
            self._call('DELETE', url)

    def stock(self, host, **values):
        """Change the inventory of a host's card."""
        url = f'{self._card(host)}/inventories'
        old = self._call('GET', url)
        ((name, stock),) = old['inventories'].items()
        self._found.later.callback(self._put, url, {
            'inventories': {name: stock}})
        self._put(url, {'inventories': {name: {**stock, **values}}})

    def for_one_time_use(self, host):
        """Let a host's card be for one-time use."""
        url = f'{self._card(host)}/traits'
        old = self._call('GET', url)['traits']
        self._found.later.callback(self._put, url, {'traits': old})
        self._put(url, {'traits': [*old, os_traits.HW_PCI_ONE_TIME_USE]})

    def _put(self, url, body):
        """Write with the generation of now."""
        provider = self._call('GET', url.rpartition('/')[0])
        self._call('PUT', url, {
            **body, 'resource_provider_generation': provider['generation']})
