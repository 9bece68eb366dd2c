# SPDX-License-Identifier: Apache-2.0

"""Boot and move servers of an alias with several entries.

Prints [status, products of the devices, whether it holds what it owns] for
each step.
"""

import json
import sys

from tests.embedded import gpu_cloud

ENTRY = ('alias = {"vendor_id":"10de", "product_id":"%s", '
         '"device_type":"type-PCI", "name":"gpu"}')


class Alternatives:
    """One cloud and what was seen in it."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.told = []

    def boot(self, name, alias):
        """Boot a server and note what it got."""
        server = self.cloud.boot(name, self.cloud.flavor(alias))
        self.tell(server)
        return server['id']

    def tell(self, server):
        """Note what a server has on its host."""
        hosts = gpu_cloud.observe.pci_rows().values()
        rows = [row for found in hosts for row in found
                if row.instance_uuid == server['id']]
        self.told.append([
            server['status'], sorted(row.product_id for row in rows),
            self.cloud.held(server['id']) == self.cloud.owned(server['id'])])

    def migrate(self, server_id):
        """Migrate a server, confirm, and note what it has."""
        self.cloud.act(server_id, 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
        self.tell(self.cloud.act(server_id, 'confirmResize'))


def main(*products):
    """The entries of the alias are of these products, in this order."""
    devices = (*gpu_cloud.gpus(1), *gpu_cloud.gpus(2, '20b0', 0x40))
    hosts = [gpu_cloud.host(name, devices) for name in ('h0', 'h1')]
    with gpu_cloud.running(hosts, aliases='\n'.join(
            ENTRY % product for product in products)) as cloud:
        told = Alternatives(cloud)
        first = told.boot('one', 'gpu:1')
        told.migrate(first)
        told.boot('three', 'gpu:3')
        told.boot('two', 'gpu:2')
        told.boot('none', 'gpu:1')
        print(json.dumps(told.told))


if __name__ == '__main__':
    main(*sys.argv[1:])
