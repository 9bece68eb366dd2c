# SPDX-License-Identifier: Apache-2.0

"""Many servers at once for the last devices."""

import collections
import concurrent.futures
import dataclasses

from tests.cloud.scene import Scene


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """How a race ended.

    :ivar statuses: status of a server to the number of servers
    :ivar second_hosts: servers that a first host had refused
    """

    statuses: dict[str, int]
    second_hosts: int


def run(scene: Scene, flavor: str, servers: int) -> Race:
    """Ask for servers by as many calls at the same time."""
    with concurrent.futures.ThreadPoolExecutor(servers) as pool:
        asked = [pool.submit(scene.start_boot, flavor)
                 for _ in range(servers)]
        ids = [each.result() for each in asked]
    ended = [scene.wait(each, 'ACTIVE', 'ERROR', timeout_s=240)
             for each in ids]
    return Race(
        statuses=dict(collections.Counter(
            each['status'] for each in ended)),
        second_hosts=sum(len(hosts_tried(scene, each)) > 1 for each in ids))


def hosts_tried(scene: Scene, server_id: str) -> list[str]:
    """Return the hosts that have begun to build a server, in their order."""
    path = f'/servers/{server_id}/os-instance-actions'
    created = next(each for each in scene.calls.compute(
        'GET', path)['instanceActions'] if each['action'] == 'create')
    events = scene.calls.compute(
        'GET', f'{path}/{created["request_id"]}')['instanceAction']['events']
    return [each['host'] for each in events
            if each['event'] == 'compute__do_build_and_run_instance']
