# SPDX-License-Identifier: Apache-2.0

"""Move a server through every kind of move; tell what it holds and owns.

Prints {step: [status, providers held, providers owned]}; in the middle of a
move, what the source holds and owns is given too.
"""

import json
import sys

from tests.embedded import gpu_cloud


class Moves:
    """One server and its steps."""

    def __init__(self, cloud, flavor, bigger):
        self.cloud = cloud
        self.bigger = bigger
        self.flavor = flavor
        self.server = cloud.boot('mover', flavor)
        self.id = self.server['id']
        self.told = {}
        self.tell('boot')

    def tell(self, step):
        """Note what the server holds and owns where it is."""
        self.cloud.update_available()
        self.server = self.cloud.wait(
            self.id, 'ACTIVE', 'ERROR', 'VERIFY_RESIZE', 'SHELVED_OFFLOADED')
        fault = self.server.get('fault', {}).get('message')
        self.told[step] = [
            fault or self.server['status'],
            self.cloud.held(self.id),
            self.cloud.owned(self.id, gpu_cloud.where(self.server))]

    def do(self, step, action, body=None, *states):
        """Do something and note what came of it."""
        source = gpu_cloud.where(self.server)
        self.server = self.cloud.act(self.id, action, body, *states)
        self.tell(step)
        if 'VERIFY_RESIZE' in states:
            self.told[f'{step}, source'] = [
                '', self.cloud.held(self.cloud.migration_uuid(self.id)),
                self.cloud.owned(self.id, source)]

    def resize_cycle(self):
        """Cold migration and resizes, confirmed and reverted."""
        self.do('migrated', 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
        self.do('confirmed', 'confirmResize')
        self.do('migrated again', 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
        self.do('migration reverted', 'revertResize')
        self.do('resized', 'resize', {'flavorRef': self.bigger},
                'VERIFY_RESIZE', 'ERROR')
        self.do('resize reverted', 'revertResize')
        self.do('resized up', 'resize', {'flavorRef': self.bigger},
                'VERIFY_RESIZE', 'ERROR')
        self.do('resize confirmed', 'confirmResize')
        self.do('resized down', 'resize', {'flavorRef': self.flavor},
                'VERIFY_RESIZE', 'ERROR')
        self.do('shrink confirmed', 'confirmResize')

    def shelve_cycle(self):
        """Shelve and offload, and back."""
        self.do('shelved', 'shelve', None, 'SHELVED_OFFLOADED', 'ERROR')
        self.do('unshelved', 'unshelve', None)

    def live_migrate(self):
        """Live migration."""
        before = gpu_cloud.where(self.server)
        self.do('live migrated', 'os-migrateLive',
                {'host': None, 'block_migration': 'auto'})
        if gpu_cloud.where(self.server) == before:
            self.told['live migrated'][0] = 'still on its host'

    def evacuate(self):
        """Evacuate from a host that is said to be down."""
        source = gpu_cloud.where(self.server)
        self.cloud.service(source, forced_down=True)
        self.do('evacuated', 'evacuate', {})
        held = self.told['evacuated'][1]
        # Nova keeps the source's allocation until that host is back.
        self.told['evacuated'][1] = {
            name: units for name, units in held.items()
            if not name.startswith(source.upper())}
        if gpu_cloud.where(self.server) == source:
            self.told['evacuated'][0] = 'still on its host'
        self.cloud.come_back(source)
        self.cloud.service(source, forced_down=False)
        self.tell('source is back')
        self.told['source is back, source'] = [
            '', {}, self.cloud.owned(self.id, source)]


def main(candidates):
    hosts = [gpu_cloud.host(f'h{number}', gpu_cloud.gpus(8))
             for number in range(3)]
    live = gpu_cloud.A1.replace('"a1"}', '"live", "live_migratable": "yes"}')
    with gpu_cloud.running(hosts, candidates, live,
                           tags=', "live_migratable": "yes"') as cloud:
        other = cloud.boot('other', cloud.flavor('live:1'))
        moves = Moves(cloud, cloud.flavor('live:2'), cloud.flavor('live:3'))
        moves.resize_cycle()
        moves.shelve_cycle()
        moves.live_migrate()
        # Nova's fake driver never forgets a guest that left; this one has
        # been on one host only.
        leaver = Moves(cloud, cloud.flavor('live:2'), None)
        leaver.evacuate()
        moves.told.update(leaver.told)
        moves.told['other'] = [
            other['status'], cloud.held(other['id']), cloud.owned(other['id'])]
    print(json.dumps(moves.told))


if __name__ == '__main__':
    main(*sys.argv[1:])
