# SPDX-License-Identifier: Apache-2.0

"""Plans for servers that not every host with free devices could have.

Prints for each scene the targets of the moves, what each move came to, and
the state of the server that was refused before.
"""

import json

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.db.main import api as main_db  # noqa: E402
from nova.scheduler.client import report  # noqa: E402

from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.planning import room_making  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402
from tests.embedded import moved_apart  # noqa: E402

TRAIT = 'CUSTOM_FAST'
#: GPUs of the servers of three hosts with four; the first server of the first
#: host could go to both others, for its devices.
HOSTS = ((2,), (2,), (1, 1))
NEW = 4


class Within(moved_apart.Mover):
    """Carries out plans in which a server may go to some hosts only."""

    def mark(self, *hosts):
        """Give hosts a trait."""
        placement = report.report_client_singleton()
        placement.put(f'/traits/{TRAIT}', None, version='1.6')
        for host in hosts:
            node = objects.ComputeNode.get_first_node_by_host_for_old_compat(
                nova_context.get_admin_context(), host)
            url = f'/resource_providers/{node.uuid}/traits'
            told = placement.get(url, version='1.6').json()
            told['traits'].append(TRAIT)
            placement.put(url, told, version='1.6').raise_for_status()

    def zone(self, name, *hosts):
        """Make an availability zone of hosts."""
        made = self.cloud.api.call('POST', '/os-aggregates', {'aggregate': {
            'name': name, 'availability_zone': name}})['aggregate']['id']
        for host in hosts:
            self.cloud.api.call('POST', f'/os-aggregates/{made}/action',
                                {'add_host': {'host': host}})

    def scene(self, extra_specs=None, damaged=False, **more):
        """Return what became of the plan for the first server."""
        first = self.cloud.flavor('a1:2', **(extra_specs or {}))
        plain = {gpus: self.cloud.flavor(f'a1:{gpus}') for gpus in (1, 2)}
        servers = [self.cloud.boot('s', first, host='h0', **more)['id']]
        servers += [self.cloud.boot(
            f's{host}-{number}', plain[gpus], host=f'h{host}')['id']
            for host, sizes in enumerate(HOSTS) if host
            for number, gpus in enumerate(sizes)]
        if damaged:
            main_db.instance_extra_update_by_uuid(
                nova_context.get_admin_context(), servers[1],
                {'pci_requests': '{"no": "list"'})
        plan = room_making.of_cloud(server_request.ServerRequest(
            extra_specs={'pci_passthrough:alias': f'a1:{NEW}'}, vcpus=2,
            disk_gb=1), 2).found.plans[0]
        moved = [self.move(each) for each in plan.moves]
        after = self.cloud.boot('after', self.cloud.flavor(f'a1:{NEW}'))
        if damaged:
            main_db.instance_extra_update_by_uuid(
                nova_context.get_admin_context(), servers[1],
                {'pci_requests': '[]'})
        for server in (*servers, after['id']):
            self.cloud.delete(server)
        return [[each.target for each in plan.moves], moved, after['status']]


def main():
    hosts = [gpu_cloud.host(f'h{each}', gpu_cloud.gpus(4))
             for each in range(3)]
    with gpu_cloud.running(hosts) as cloud:
        mover = Within(cloud)
        mover.mark('h0', 'h2')
        told = {'damaged': mover.scene(damaged=True),
                'trait': mover.scene({f'trait:{TRAIT}': 'required'})}
        mover.zone('z', 'h0', 'h2')
        told['zone'] = mover.scene(availability_zone='z')
    print(json.dumps(told))


if __name__ == '__main__':
    main()
