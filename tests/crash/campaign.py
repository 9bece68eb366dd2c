# SPDX-License-Identifier: Apache-2.0

"""Kill at points of every operation, start again, and check."""

import dataclasses
import pathlib
import shutil
from collections.abc import Callable
from collections.abc import Iterator

from nova import context as nova_context

from nova_pci_ext.quickstart import observe
from tests.crash import boundaries
from tests.crash import invariants
from tests.crash import lives
from tests.crash import operations
from tests.crash import scene


@dataclasses.dataclass(frozen=True, slots=True)
class Kill:
    """One kill: the operation, the point, and what was broken after."""

    operation: str
    number: int
    point: str
    breaches: tuple[str, ...]


class Campaign:
    """All kills of one run, in one folder.

    :ivar points: operation -> the points that it crosses unharmed
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._cloud = folder / 'cloud'
        self._snapshots = folder / 'snapshots'
        self._snapshots.mkdir()
        self.points: dict[str, list[str]] = {}

    def survey(self) -> None:
        """Run every operation unharmed, and keep where each one ends.

        :raises lives.LifeError: if one fails, or breaks an invariant
        """
        self._cloud.mkdir()
        for operation in (operations.PREPARE, *operations.OPERATIONS):
            if operation.before:
                self._restore(operation.before)
            told = lives.live(self._cloud, self._unharmed(operation))
            if told['breaches']:
                raise lives.LifeError(
                    f'{operation.name}, unharmed: {told["breaches"]}')
            self.points[operation.name] = told['points']
            shutil.copytree(self._cloud, self._snapshots / operation.name)
        del self.points[operations.PREPARE.name]

    def kill(self, operation: operations.Operation, number: int) -> Kill:
        """Kill at one point of an operation, start again and check."""
        self._restore(operation.before)
        told = lives.live(self._cloud, self._doomed(operation, number))
        broken = lives.live(self._cloud, self._risen)
        return Kill(operation.name, number, told['point'],
                    tuple(broken['breaches']))

    def _restore(self, name: str) -> None:
        shutil.rmtree(self._cloud)
        shutil.copytree(self._snapshots / name, self._cloud)

    def _unharmed(
        self, operation: operations.Operation,
    ) -> Callable[[lives.Tell], None]:
        def story(tell: lives.Tell) -> None:
            crossings = boundaries.Crossings(None, lambda name: None)
            boundaries.watch(crossings)
            with scene.run_cloud(self._cloud) as cloud:
                crossings.start()
                operation.run(cloud.api)
                points = list(crossings.names)
                update(cloud)
                tell({'points': points,
                      'breaches': list(invariants.breaches(cloud))})
        return story

    def _doomed(
        self, operation: operations.Operation, number: int,
    ) -> Callable[[lives.Tell], None]:
        def story(tell: lives.Tell) -> None:
            crossings = boundaries.Crossings(
                number, lambda name: tell({'point': name}))
            boundaries.watch(crossings)
            with scene.run_cloud(self._cloud) as cloud:
                crossings.start()
                operation.run(cloud.api)
                tell({'point': 'after the operation'})
        return story

    def _risen(self, tell: lives.Tell) -> None:
        with scene.run_cloud(self._cloud) as cloud:
            tell({'breaches': list(after_restart(cloud))})


def update(cloud: scene.Cloud) -> None:
    """Run the periodic update of every compute once."""
    for compute in cloud.computes.values():
        compute.manager.update_available_resource(
            nova_context.get_admin_context())


def after_restart(cloud: scene.Cloud) -> Iterator[str]:
    """Check after the start, and that nothing leaks when all is deleted."""
    update(cloud)
    for line in invariants.breaches(cloud):
        yield f'after the start: {line}'
    cloud.api.delete_all()
    update(cloud)
    for line in invariants.breaches(cloud):
        yield f'after deletion: {line}'
    for host, counts in observe.count_devices().items():
        if set(counts) != {'available'}:
            yield f'after deletion: {host} has {dict(counts)}'
