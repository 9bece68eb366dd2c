# SPDX-License-Identifier: Apache-2.0

"""Boots and deletes while services are killed or restarted, from one seed."""

import collections
import contextlib
import itertools
import json
import pathlib
import random
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from cloud import backends
from cloud import bring_up
from cloud import layout
from cloud import processes
from cloud import rest
from cloud import services
from tests.cloud import agreement
from tests.cloud import drained_throughout
from tests.cloud import recovery
from tests.cloud.records import Records
from tests.cloud.scene import Scene

SERVICES = ('compute', 'conductor', 'scheduler', 'rabbitmq', 'mariadb')
#: Servers that may be between two states at once, and servers in all.
IN_FLIGHT = 6
MAX_SERVERS = 12
ALIASES = ('a1:1', 'a1:2', 'nvme:1', 'v100:1')


class Campaign:
    """One seeded run.

    :param aliases: of the servers without ports
    :param drained: devices that no server may get; None for none

    Every operation counts that the API has accepted. What the services make
    of it while they end is theirs. After each end nothing may be doubly
    owned, at once, and all has to agree when it has come to rest.

    :ivar kills: service to how often it was ended by SIGKILL
    :ivar restarts: service to how often it was ended by SIGTERM
    :ivar checks: how often all agreed after that
    :ivar stuck: how many servers an operator had to end by hand
    :ivar repairs: how often Nova's commands had to fix Placement
    :ivar done: ``boot``, ``delete`` and ``refused`` to their number
    """

    def __init__(self, place: layout.Layout, scene: Scene,
                 records: Records, seed: int,
                 aliases: Iterable[str] = ALIASES,
                 drained: drained_throughout.DrainedThroughout | None = None,
                 ) -> None:
        self.kills: collections.Counter[str] = collections.Counter()
        self.restarts: collections.Counter[str] = collections.Counter()
        self.done: collections.Counter[str] = collections.Counter()
        self.checks = self.stuck = self.repairs = 0
        self._place = place
        self._scene = scene
        self._records = records
        self._drained = drained
        self._random = random.Random(seed)
        self._flavors = [scene.flavor(alias) for alias in aliases]
        self._plain = scene.flavor()
        self._servers: list[str] = []

    def run(self, operations: int, kills: int, restarts: int) -> None:
        """Do operations, and end services at random moments of them."""
        moments = self._random.sample(range(1, operations), kills + restarts)
        killed = set(moments[:kills])
        # Each kind in turn, so that few kills leave none out.
        kill_next, restart_next = (
            itertools.cycle(self._random.sample(SERVICES, len(SERVICES)))
            for _ in range(2))
        while (count := self.done['boot'] + self.done['delete']) < operations:
            if count in moments:
                moments.remove(count)
                if count in killed:
                    self._interrupt(next(kill_next), self.kills,
                                    processes.kill)
                else:
                    self._interrupt(next(restart_next), self.restarts,
                                    processes.terminate)
            # What does not come up beside a dead part is started again, as
            # an init system does.
            bring_up.start(self._place, (
                *bring_up.WORKERS, *services.computes(self._place)))
            self._operate()
            if self.done['refused'] > operations + 200:
                raise AssertionError(f'the API refuses all: {self.done}')

    def _operate(self) -> None:
        """Boot or delete one server."""
        try:
            self._wait_for_room()
            if len(self._servers) < MAX_SERVERS * self._random.random():
                self._servers.append(self._boot())
                self.done['boot'] += 1
            elif self._servers:
                gone = self._random.choice(self._servers)
                self._scene.calls.compute('DELETE', f'/servers/{gone}')
                self._servers.remove(gone)
                self.done['delete'] += 1
        except recovery.REFUSALS:
            self.done['refused'] += 1
            time.sleep(0.5)

    def _boot(self) -> str:
        if self._random.random() < 0.25:
            return self._scene.start_boot(
                self._plain, [self._scene.port('physnet2')])
        return self._scene.start_boot(self._random.choice(self._flavors))

    def _wait_for_room(self, timeout_s: float = 10) -> None:
        """Keep the number of unfinished tasks down, but not for ever.

        A task whose message was lost with its broker never ends.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            busy = [each for each in self._scene.details()
                    if each['OS-EXT-STS:task_state']]
            if len(busy) < IN_FLIGHT:
                return
            time.sleep(rest.POLL_S)

    def _interrupt(self, service: str, done: collections.Counter[str],
                   end: Callable[[layout.Layout, str], None]) -> None:
        """End one service in the middle of what it does, and start it."""
        name = service if service != 'compute' else self._random.choice(
            services.computes(self._place))
        time.sleep(self._random.uniform(0, 2))
        end(self._place, name)
        done[service] += 1
        time.sleep(self._random.uniform(0, 2))
        bring_up.start(self._place, [name])
        if service == 'mariadb':
            services.wait(self._place, [name],
                          lambda: backends.answers(self._place))
        if service == 'rabbitmq':
            services.wait_for_port(self._place, name)
        how = f'{name} was ended ({end.__name__})'
        self._assert_safe(how)
        self._assert_agreement(how)

    def _assert_safe(self, how: str) -> None:
        """Check what has to hold at every moment, also while tasks run."""
        found = [*agreement.doubly_owned(self._records.devices()),
                 *doubly_handed_over(self._place),
                 *(self._drained.broken() if self._drained else ())]
        if found:
            raise AssertionError(f'after {how}: {found}')

    def _assert_agreement(self, how: str) -> None:
        """Let all come to rest, and check that everything agrees."""
        begin = time.monotonic()
        bring_up.start(self._place, (
            *bring_up.WORKERS, *services.computes(self._place)))
        ended = recovery.end_stuck_servers(self._scene, self._records)
        ended |= recovery.end_failed_servers(self._scene, self._records)
        ended |= recovery.end_half_deleted_servers(
            self._place, self._records)
        self._servers = [each for each in self._servers if each not in ended]
        try:
            found = self._agree()
        except AssertionError as exc:
            raise AssertionError(f'after {how}: {exc}') from None
        self._assert_safe(how)
        self.stuck += len(ended)
        self.repairs += bool(found)
        self.checks += 1
        print(f'{how}: all agree after '
              f'{time.monotonic() - begin:.0f} s, {len(ended)} servers '
              f'ended by hand; {found or "nothing in Placement"}', flush=True)

    def _agree(self) -> str:
        """Fix and check; once more, for what fails after it was fixed.

        A compute that waits for a lost answer of a conductor gives up only
        after half a minute, while its server seems to be at rest.
        """
        found = self._repair()
        with contextlib.suppress(AssertionError):
            agreement.assert_agreement(self._records)
            return found
        found += self._repair()
        agreement.assert_agreement(self._records)
        return found

    def _repair(self) -> str:
        return recovery.repair(self._place) + recovery.end_orphans(
            self._scene, self._records)


def doubly_handed_over(place: layout.Layout) -> Iterator[str]:
    """Yield each device that two running guests of one host were built with.

    The recorded driver writes down what a guest was built from, and keeps
    it until the guest is destroyed, whatever the database says.
    """
    for folder in sorted(place.state.glob('*/handed-over')):
        guests = collections.defaultdict(list)
        for path in sorted(folder.glob('*.json')):
            for device in _devices(path):
                guests[device['address']].append(path.stem)
        for address, names in guests.items():
            if len(names) > 1:
                yield f'{folder.parent.name} {address}: {names}'


def _devices(path: pathlib.Path) -> list[dict[str, Any]]:
    """Return what a running guest was built from."""
    try:
        guest: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    return guest['devices'] if guest['running'] else []
