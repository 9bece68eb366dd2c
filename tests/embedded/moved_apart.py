# SPDX-License-Identifier: Apache-2.0

"""Boot what does not fit, carry out the plan, and boot it again.

Prints for each scene how many moves the plan has, whether the server was
refused before, what each move came to, and the state of the server after.
"""

import json
import sys

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.planning import room_making  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402
from tests.embedded.one_node import NEAR  # noqa: E402

# Three hosts with four GPUs: the GPUs of the servers of each, those of the
# new server, and what its flavor asks beside.
SCENES = (
    (((1,), (1,), (4,)), 4, {}),
    (((2,), (3,), (2, 1)), 4, {}),
    (((3,), (2, 1), (2,)), 4, {}),
    (((2,), (2,), (4,)), 4, {}),
    (((1, 1), (3,), (3,)), 4, {}),
    (((1, 1), (2,), (4,)), 4, {}),
    (((2, 1), (2, 1), (3,)), 2, {}),
    (((3,), (3,), (1,)), 4, {}),
    (((2, 1), (2,), (1, 1)), 4, {}),
    (((1, 1, 1), (1, 1, 1), (4,)), 2, NEAR),
)


class Mover:
    """Carries out plans in one running cloud."""

    def __init__(self, cloud):
        self.cloud = cloud

    def boot(self, hosts):
        """Boot servers on hosts; return their UUIDs.

        :param hosts: how many GPUs each server of each host takes
        """
        return [self.cloud.boot(
            f's{host}-{number}', self.cloud.flavor(f'a1:{gpus}'),
            host=f'h{host}')['id']
            for host, sizes in enumerate(hosts)
            for number, gpus in enumerate(sizes)]

    def scene(self, hosts, new, extra_specs):
        """Return what happened."""
        servers = self.boot(hosts)
        flavor = self.cloud.flavor(f'a1:{new}', **extra_specs)
        before = self.cloud.boot('before', flavor)
        asked = server_request.ServerRequest(extra_specs={
            'pci_passthrough:alias': f'a1:{new}', **extra_specs},
            vcpus=2, disk_gb=1)
        fits = run.explain_cloud(asked).fits
        plan = room_making.of_cloud(asked, 2).found.plans[0]
        moved = [self.move(each) for each in plan.moves]
        after = self.cloud.boot('after', flavor)
        for server in (*servers, before['id'], after['id']):
            self.cloud.delete(server)
        return [len(plan.moves), before['status'], fits, moved,
                after['status'], gpu_cloud.where(after) == plan.host]

    def move(self, move):
        """Migrate a server as the printed commands do."""
        self.cloud.act(move.server, 'migrate', {'host': move.target},
                       'VERIFY_RESIZE', 'ERROR')
        moved = self.cloud.act(move.server, 'confirmResize')
        return [moved['status'], gpu_cloud.where(moved) == move.target]


def main(number):
    hosts = [gpu_cloud.host(f'h{each}', gpu_cloud.gpus(4))
             for each in range(3)]
    with gpu_cloud.running(hosts) as cloud:
        mover = Mover(cloud)
        told = [mover.scene(*scene) for scene in SCENES[:number]]
    print(json.dumps(told))


if __name__ == '__main__':
    main(int(sys.argv[1]))
