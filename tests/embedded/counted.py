# SPDX-License-Identifier: Apache-2.0

"""Count the devices of a running Nova while servers come and cards go.

Prints {step: {hosts: [free, used, drained, drained and used, unhealthy,
largest whole group, disabled]}}, and what is drained.
"""

import json
import pathlib
import tempfile

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.bookkeeping import fleet_book  # noqa: E402
from nova_pci_ext.compute import health  # noqa: E402
from nova_pci_ext.discovery import drained_file  # noqa: E402
from nova_pci_ext.handing_out import host_counts  # noqa: E402
from nova_pci_ext.model.drained import Mark  # noqa: E402
from tests import sysfs_tree  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

CARD = '0000:13:00.0'
GROUPS = '[pci_ext]\n' + ''.join(
    'device_group = ' + json.dumps({
        'type': 'nvlink', 'name': name,
        'addresses': [f'0000:{number:02x}:00.0' for number in numbers]}) + '\n'
    for name, numbers in {'a': (0x10, 0x11), 'b': (0x12, 0x13),
                          'all': range(0x10, 0x14)}.items())


class Teller:
    """Counts one running cloud."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.told = {}

    def note(self, step):
        """Note what all hosts have."""
        self.cloud.update_available()
        book = fleet_book.read()
        assert book.unread == ()
        self.told[step] = {
            ' '.join(equal.hosts): [
                counts.free, counts.used, counts.drained,
                counts.drained_used, counts.unhealthy, counts.largest_whole,
                equal.disabled]
            for equal in host_counts.fold(book.hosts)
            for _, counts in equal.classes}
        return book

    def drain(self, host, *addresses):
        """Set the marks of a host."""
        drained_file.change(
            self.cloud.cloud.state_paths[host] / 'pci-drained.json',
            lambda old: [Mark(address=address, reason='bad fan')
                         for address in addresses])


def main():
    """Do it, and print."""
    with tempfile.TemporaryDirectory() as folder:
        health.ROOT = folder
        tree = sysfs_tree.Tree(folder)
        tree.device(CARD, '10de:1db6', '030200',
                    aer_dev_fatal='TOTAL_ERR_FATAL 0')
        with gpu_cloud.running(
                [gpu_cloud.host(name, gpu_cloud.gpus(4))
                 for name in ('h0', 'h1', 'h2')], more=GROUPS) as cloud:
            teller = Teller(cloud)
            teller.note('empty')
            cloud.service('h1', status='disabled')
            cloud.service('h2', status='disabled')
            server = cloud.boot('s', cloud.flavor(
                'a1:2', **{'pci_passthrough:group': 'nvlink:a1'}))
            mine = sorted(name.rpartition('_')[2].lower()
                          for name in cloud.owned(server['id']))
            teller.note('a pair')
            teller.drain('h0', mine[0])
            teller.drain('h1', '0000:10:00.0')
            book = teller.note('drained')
            teller.told['rows'] = [
                [each.host, each.address, each.reason,
                 each.owner == server['id']] for each in book.drained]
            teller.told['mine'] = mine
            home = pathlib.Path(folder, tree.places[CARD])
            (home / 'aer_dev_fatal').write_text('TOTAL_ERR_FATAL 2\n')
            teller.note('unhealthy')
            (home / 'aer_dev_fatal').write_text('TOTAL_ERR_FATAL 0\n')
            teller.drain('h0')
            teller.drain('h1')
            cloud.service('h1', status='enabled')
            cloud.service('h2', status='enabled')
            cloud.delete(server['id'])
            teller.note('all again')
    print(json.dumps(teller.told))


if __name__ == '__main__':
    main()
