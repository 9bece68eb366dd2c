# SPDX-License-Identifier: Apache-2.0

"""Which process of the cloud runs which release of Nova, and whose classes."""

import dataclasses
import pathlib

from cloud import layout
from cloud import services
from cloud import settings

CONTROLLERS = ('nova', *services.CONTROLLERS)
#: That of the other services too.
NEWEST = 34
#: What an operator sets while computes are older than the controllers.
UPGRADING = '[upgrade_levels]\ncompute = auto\n'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """The release of Nova of each process.

    :ivar controllers: of API, conductor and scheduler
    :ivar computes: of each host
    """

    controllers: int
    computes: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return f'{self.controllers} with ' + ' '.join(
            f'{host}={release}' for host, release in self.computes)

    def of_process(self) -> dict[str, int]:
        """Return the release of each process by its name."""
        return {**dict.fromkeys(CONTROLLERS, self.controllers),
                **{f'compute-{host}': release
                   for host, release in self.computes}}


def releases(controllers: int, igb_1: int, igb_2: int, gpu_1: int,
             plain_1: int) -> Releases:
    """Return the releases of the cloud's hosts."""
    return Releases(controllers=controllers, computes=(
        ('igb-1', igb_1), ('igb-2', igb_2), ('gpu-1', gpu_1),
        ('plain-1', plain_1)))


#: What a new cloud starts with.
FIRST = releases(33, 31, 33, 31, 33)


def environment(release: int) -> pathlib.Path:
    """Return where ``make test-mixed`` has installed a release."""
    name = 'venv' if release == NEWEST else f'venv-nova-{release}'
    return layout.ROOT / '.cloud' / name


def environments(of_process: dict[str, int]) -> dict[str, pathlib.Path]:
    """Return ``Layout.others`` for these releases."""
    return {name: environment(release)
            for name, release in of_process.items()}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Where this package is in use; elsewhere Nova's own classes are."""

    scheduler: bool
    computes: bool

    def __str__(self) -> str:
        return {(True, True): 'ours_everywhere',
                (True, False): 'ours_in_the_scheduler',
                (False, True): 'ours_on_the_computes',
                (False, False): 'novas_everywhere'}[
                    self.scheduler, self.computes]

    def of_process(self) -> dict[str, bool]:
        """Return for each process whether it uses our classes."""
        return {**dict.fromkeys(CONTROLLERS, self.scheduler),
                **{name: self.computes for name in services.computes(
                    layout.find_layout())}}


def choice(*, is_ours: bool, more: str = '') -> settings.Choice:
    """Return the configuration of a service."""
    return settings.Choice(nova_classes=not is_ours, more=UPGRADING + more)


def changed(before: dict[str, tuple[int, bool, str]],
            after: dict[str, tuple[int, bool, str]]) -> list[str]:
    """Return the processes that have to be started again."""
    return [name for name in after if before.get(name) != after[name]]
