# SPDX-License-Identifier: Apache-2.0

"""Carry out plans of ``nova-pci rebalance``, and boot all that was promised.

Prints for each scene how many servers fit before and after the plan as it
says, how many moves it has, what each came to, and how many servers of the
flavor were booted then until one was refused.
"""

import json
import sys

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.planning import room_making  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402
from tests.embedded import moved_apart  # noqa: E402
from tests.embedded.one_node import NEAR  # noqa: E402

GROUPS = '[pci_ext]\n' + ''.join(
    'device_group = ' + json.dumps({
        'type': 'nvlink', 'name': name,
        'addresses': [f'0000:{number:02x}:00.0' for number in numbers]}) + '\n'
    for name, numbers in {'a': (0x10, 0x11), 'b': (0x12, 0x13)}.items())
PAIR = {'pci_passthrough:group': 'nvlink:a1'}
# GPUs of the servers of each host with four, those of the new server, and
# what its flavor asks beside.
SCENES = (
    (((1,), (1,), (1,)), 4, {}),
    (((2,), (2,), (2,)), 4, {}),
    (((1, 1), (1,), (2,)), 4, {}),
    (((1, 1, 1), (1,), (1,)), 3, {}),
    (((2, 1), (2,), (1,)), 3, {}),
    (((1,), (1,), (1,)), 2, PAIR),
    (((1, 1), (1, 1), (2,)), 4, {}),
    (((1, 1, 1), (1,), (1,)), 2, PAIR),
    (((1, 1, 1), (1, 1, 1), (1,)), 2, NEAR),
    (((3,), (3,), (1, 1)), 2, {}),
)


class Rebalancer(moved_apart.Mover):
    """Carries out plans in one running cloud."""

    def scene(self, hosts, new, extra_specs):
        """Return what happened."""
        servers = self.boot(hosts)
        flavor = self.cloud.flavor(f'a1:{new}', **extra_specs)
        found = room_making.rebalance_cloud(server_request.ServerRequest(
            extra_specs={'pci_passthrough:alias': f'a1:{new}',
                         **extra_specs}, vcpus=2, disk_gb=1), 4).found
        moved = [self.move(each) for each in found.moves]
        booted = 0
        while True:
            server = self.cloud.boot(f'new{booted}', flavor)
            servers.append(server['id'])
            if server['status'] != 'ACTIVE':
                break
            booted += 1
        for server in servers:
            self.cloud.delete(server)
        promised = found.steps[-1].fit if found.steps else found.fit
        return [found.fit, promised, len(found.moves), moved, booted]


def main(number):
    hosts = [gpu_cloud.host(f'h{each}', gpu_cloud.gpus(4))
             for each in range(3)]
    with gpu_cloud.running(hosts, more=GROUPS) as cloud:
        mover = Rebalancer(cloud)
        told = [mover.scene(*scene) for scene in SCENES[:number]]
    print(json.dumps(told))


if __name__ == '__main__':
    main(int(sys.argv[1]))
