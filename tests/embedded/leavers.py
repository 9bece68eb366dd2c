# SPDX-License-Identifier: Apache-2.0

"""Ask who makes room by leaving, and let each of them leave.

Run as a program with ``ours`` or ``nova``, who makes the allocation
candidates. Prints for each flavor and each owner on a full host whether
explain names the owner, and whether a server is booted once it was deleted.
"""

import json
import sys

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

# No product: which devices serve it is a question for Placement alone.
CLASS = 'alias = {"resource_class":"PCI_10DE_20B0", "name":"class"}'
OWNERS = {'three': 'a1:3', 'one': 'a1:1', 'both': 'class:2'}
# Of six GPUs two are free, and none of the two others.
ASKED = ('a1:3', 'a1:5', 'a1:6', 'a1:7', 'class:1', 'class:2,a1:2')


def said(alias, names):
    """Return which owners are named, None where the host would refuse."""
    (found,) = run.explain_cloud(server_request.ServerRequest(
        extra_specs={'pci_passthrough:alias': alias})).answers
    return (sorted(names[uuid] for uuid in found.leavers)
            if found.in_use else None)


def is_booted(cloud, alias):
    """Whether a server gets its devices; it is deleted again."""
    server = cloud.boot('asked', cloud.flavor(alias))
    cloud.delete(server['id'])
    return server['status'] == 'ACTIVE'


def main(candidates):
    """Boot the owners, ask, and let one after the other leave."""
    hosts = [gpu_cloud.host('h0', (
        *gpu_cloud.gpus(6), *gpu_cloud.gpus(2, '20b0', 0x40)))]
    with gpu_cloud.running(hosts, candidates,
                           aliases=f'{gpu_cloud.A1}\n{CLASS}') as cloud:
        owners = {name: cloud.boot(name, cloud.flavor(alias))['id']
                  for name, alias in OWNERS.items()}
        names = {uuid: name for name, uuid in owners.items()}
        told = {alias: said(alias, names) for alias in ASKED}
        done = {alias: [] for alias in ASKED}
        for name, uuid in owners.items():
            cloud.delete(uuid)
            for alias in ASKED:
                if is_booted(cloud, alias):
                    done[alias].append(name)
            cloud.boot(name, cloud.flavor(OWNERS[name]))
    print(json.dumps({'said': told, 'done': done}))


if __name__ == '__main__':
    main(*sys.argv[1:])
