# SPDX-License-Identifier: Apache-2.0

"""Flavors with sets of devices, through the API of an embedded Nova.

One host has four GPUs on each of two NUMA nodes, and one GPU of each node is
taken.  Prints what the API says of flavors, and what servers get.
"""

import json
import sys
from unittest import mock

from tests.embedded import gpu_cloud

ALIAS, SAME, DISTINCT = ('pci_passthrough:alias', 'pci_passthrough:same',
                         'pci_passthrough:distinct')
# Addresses of the GPUs that are taken first: one of each node.
TAKEN = {'pci_passthrough:distinct': 'numa_node:a1'}


class Flavors:
    """Flavors of one cloud, each with a change that is tried."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.api = cloud.api

    def change(self, flavor, version='2.90', **specs):
        """Return what the API says to more extra specs; None for yes."""
        with mock.patch.object(gpu_cloud.client, 'MICROVERSION', version):
            try:
                self.api.call('POST', f'/flavors/{flavor}/os-extra_specs',
                              {'extra_specs': {
                                  f'pci_passthrough:{key}': value
                                  for key, value in specs.items()}})
            except gpu_cloud.client.ApiError as exc:
                found = json.loads(str(exc).partition(' 400 ')[2])
                return found['badRequest']['message']
        return None

    def boot(self, name, flavor):
        """Boot a server and return its status and its NUMA nodes."""
        server = self.cloud.boot(name, flavor)
        rows = [row for found in gpu_cloud.observe.pci_rows().values()
                for row in found if row.instance_uuid == server['id']]
        return [server['status'], sorted(row.numa_node for row in rows)]


def main(candidates):
    host = gpu_cloud.host('h0', gpu_cloud.gpus(8))
    with gpu_cloud.running([host], candidates) as cloud:
        flavors = Flavors(cloud)
        told = {}
        told['apart'] = flavors.boot('apart', cloud.flavor('a1:2', **TAKEN))
        three = cloud.flavor('a1:3')
        told['refused'] = flavors.change(three, same='numa_node:a2')
        told['contradiction'] = flavors.change(
            three, same='numa_node:a1', distinct='numa_node:a1')
        told['accepted'] = flavors.change(three, same='numa_node:a1')
        told['alias'] = flavors.change(three, alias='a2:3')
        told['together'] = flavors.boot('together', three)
        # Three are left, on one node.
        told['too many'] = flavors.boot(
            'many', cloud.flavor('a1:2', **TAKEN))
        old = cloud.flavor('a1:1')
        told['not validated'] = flavors.change(
            old, version='2.85', same='numa_node:a2')
        told['old'] = flavors.boot('old', old)
        print(json.dumps(told))


if __name__ == '__main__':
    main(*sys.argv[1:])
