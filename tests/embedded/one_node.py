# SPDX-License-Identifier: Apache-2.0

"""Boot servers of four GPUs on one NUMA node, one after the other.

Ten hosts have four GPUs on each of two nodes, and one GPU of each host is
taken, so that every host has room for one such server.  Prints the number of
servers by status, and whether each holds what it owns.
"""

import collections
import json
import sys

from tests.embedded import gpu_cloud

#: Ten of Nova's candidates a host, as a cloud of a hundred has by default.
LIMIT = """\
[scheduler]
max_placement_results = 100
"""
NEAR = {'hw:numa_nodes': '1', 'hw:pci_numa_affinity_policy': 'required'}


def main(candidates, servers):
    hosts = [gpu_cloud.host(f'h{number}', gpu_cloud.gpus(8))
             for number in range(10)]
    statuses = collections.Counter()
    agree = True
    with gpu_cloud.running(hosts, candidates, more=LIMIT) as cloud:
        for found in hosts:
            cloud.boot('other', cloud.flavor('a1:1'), host=found.host)
        for number in range(int(servers)):
            server = cloud.boot(
                f's{number}', cloud.flavor('a1:4', **NEAR))
            statuses[server['status']] += 1
            agree &= cloud.held(server['id']) == cloud.owned(server['id'])
            cloud.delete(server['id'])
        print(json.dumps([statuses, agree]))


if __name__ == '__main__':
    main(*sys.argv[1:])
