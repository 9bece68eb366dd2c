#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""What an operator does after a fault, and no service does by itself."""

import contextlib
import subprocess
import time
from typing import Any

from keystoneauth1 import exceptions as auth_exceptions

from cloud import layout
from cloud import rest
from tests.cloud.scene import Scene

REFUSALS = (rest.RestError, auth_exceptions.ClientException)
#: Longer than an answer is waited for, so that what moves ends by itself.
PATIENCE_S = 40
GIVE_UP_S = 300


def end_stuck_servers(scene: Scene) -> set[str]:
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
        time.sleep(rest.POLL_S)
    return ended


def delete_all_servers(scene: Scene) -> None:
    """Delete all servers, the stuck ones too."""
    begin = time.monotonic()
    while left := [each['id'] for each in _servers(scene)]:
        if time.monotonic() > begin + GIVE_UP_S:
            raise AssertionError(f'servers {left} do not go')
        for server_id in left:
            _end(scene, server_id, stuck=time.monotonic() > begin + 30)
        time.sleep(5)


def audit(place: layout.Layout) -> str:
    """Let Nova delete what its killed services left in Placement.

    A scheduler that is killed between its write to Placement and its answer
    leaves an allocation that only this command removes.

    :returns: what was deleted, empty when there was nothing
    """
    ended = subprocess.run(
        [place.program('nova-manage'), '--config-file',
         str(place.etc / 'nova' / 'nova.conf'), 'placement', 'audit',
         '--delete', '--verbose'], capture_output=True, text=True, timeout=120)
    # Four means that something was found and deleted.
    if ended.returncode not in (0, 4):
        raise AssertionError(ended.stdout + ended.stderr)
    return ended.stdout.strip().replace('\n', '; ') if (
        ended.returncode) else ''


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
