# SPDX-License-Identifier: Apache-2.0

"""What an operator does after a fault, and no service does by itself."""

import contextlib
import subprocess
import time
from typing import Any

from keystoneauth1 import exceptions as auth_exceptions

from cloud import bring_up
from cloud import layout
from cloud import processes
from cloud import rest
from tests.cloud.records import Records
from tests.cloud.scene import Scene

REFUSALS = (rest.RestError, auth_exceptions.ClientException)
#: Longer than an answer is waited for, so that what moves ends by itself.
PATIENCE_S = 40
GIVE_UP_S = 300


def end_stuck_servers(scene: Scene, records: Records) -> set[str]:
    """Wait until no server has a task; delete those that never end theirs.

    The message that would have ended a task is lost with its reader or with
    its broker.

    :returns: the ids of what was deleted by hand
    """
    ended: set[str] = set()
    begin = time.monotonic()
    while busy := _busy(scene):
        if time.monotonic() > begin + GIVE_UP_S:
            raise AssertionError(f'servers {busy} keep their tasks')
        if time.monotonic() > begin + PATIENCE_S:
            for server_id in busy:
                _end(scene, server_id, stuck=True)
            ended.update(busy)
            time.sleep(5)
            records.end_builds_of_deleted()
        time.sleep(rest.POLL_S)
    return ended


def end_failed_servers(scene: Scene, records: Records) -> set[str]:
    """Delete servers in ERROR that Placement or a tracker still counts.

    Nova leaves three kinds to their users, in ``nova/compute/manager.py``. A
    compute that starts gives up builds that it was killed in before a claim
    (``_error_out_instances_whose_build_was_interrupted``), and a deletion
    that loses the conductor ends between the tracker and the allocation
    (``_complete_deletion``). The allocation goes with the server. The third
    is a build that lost the conductor when the guest ran already: the guest
    keeps its devices, and is ended once its server is deleted.

    :returns: the ids of what was deleted by hand
    """
    consumers = {each['consumer'] for each in records.allocations()}
    consumers |= {each.owner for each in records.devices() if each.owner}
    ended = {server.uuid for server in records.servers()
             if server.vm_state == 'error' and server.uuid in consumers}
    scene.delete(ended)
    return ended


def end_half_deleted_servers(place: layout.Layout,
                             records: Records) -> set[str]:
    """Restart the computes of servers whose deletion ended half way.

    A deletion that loses Placement after it has freed the devices leaves a
    server that is deleted and still there. Its compute completes that when it
    starts (``_complete_partial_deletion`` in ``nova/compute/manager.py``).

    :returns: the ids of those servers
    """
    half = _half_deleted(records)
    if half:
        # What is just being deleted is in this state for a moment.
        time.sleep(5)
        half = half & _half_deleted(records)
    names = {f'compute-{host}' for _, host in half}
    processes.stop(place, names)
    bring_up.start(place, names)
    return {uuid for uuid, _ in half}


def _half_deleted(records: Records) -> set[tuple[str, str | None]]:
    return {(server.uuid, server.host) for server in records.servers()
            if server.vm_state == 'deleted'}


def delete_all_servers(scene: Scene, records: Records) -> None:
    """Delete all servers, the stuck ones too."""
    begin = time.monotonic()
    while left := [each['id'] for each in _servers(scene)]:
        if time.monotonic() > begin + GIVE_UP_S:
            raise AssertionError(f'servers {left} do not go')
        for server_id in left:
            _end(scene, server_id, stuck=time.monotonic() > begin + 30)
        time.sleep(5)
        records.end_builds_of_deleted()


def repair(place: layout.Layout) -> str:
    """Let Nova fix what its killed services left in Placement.

    Two faults of Nova end with no service of its own. A scheduler that is
    killed between its write to Placement and its answer leaves an allocation
    of nobody: the audit deletes it. A compute that hears nothing of a
    conductor which did write down a finished build takes the build for
    failed (``_locked_do_build_and_run_instance`` in
    ``nova/compute/manager.py``) and deletes the allocation of a server that
    runs: the healing makes it anew, and the next update of the compute adds
    the devices.

    :returns: what was fixed, empty when there was nothing
    """
    # Each command has its own way to say that something was to be done.
    commands = ((('audit', '--delete'), {0: False, 4: True}),
                (('heal_allocations',), {0: True, 4: False}))
    found = []
    for words, answers in commands:
        ended = subprocess.run(
            [place.program('nova-manage'), '--config-file',
             str(place.etc / 'nova' / 'nova.conf'), 'placement', *words,
             '--verbose'], capture_output=True, text=True, timeout=120)
        if ended.returncode not in answers:
            raise AssertionError(ended.stdout + ended.stderr)
        if answers[ended.returncode]:
            found.append(ended.stdout.strip().replace('\n', '; '))
    return '; '.join(found)


def end_orphans(scene: Scene, records: Records) -> str:
    """Delete allocations of devices whose server or move is not there.

    The audit knows Nova's own resource classes alone (``NOVA_RCS`` in
    ``nova/cmd/manage.py``): it deletes what such a consumer has of the host,
    and leaves what it has of the devices.

    :returns: the consumers, empty when there were none
    """
    known = {server.uuid for server in records.servers()}
    known |= set(records.migrations())
    orphans = sorted({each['consumer'] for each in records.allocations()
                      if each['resource_class'].startswith('CUSTOM_PCI')
                      and each['consumer'] not in known})
    for consumer in orphans:
        scene.calls.placement('DELETE', f'/allocations/{consumer}')
    return ', '.join(orphans)


def _busy(scene: Scene) -> list[str]:
    return [each['id'] for each in _servers(scene)
            if each['OS-EXT-STS:task_state'] or each['status'] == 'BUILD']


def _servers(scene: Scene) -> list[dict[str, Any]]:
    """Return all servers, as soon as the API answers."""
    def answer() -> list[list[dict[str, Any]]]:
        try:
            return [scene.details()]
        except REFUSALS:
            return []
    return rest.wait_until('the API', answer, timeout_s=60)[0]


def _end(scene: Scene, server_id: str, *, stuck: bool) -> None:
    """Ask for the end of a server, which may be going already."""
    if stuck:
        with contextlib.suppress(*REFUSALS):
            scene.act(server_id, 'os-resetState', {'state': 'error'})
    with contextlib.suppress(*REFUSALS):
        scene.calls.compute('DELETE', f'/servers/{server_id}')
