# SPDX-License-Identifier: Apache-2.0

"""What is wrong with a card, by what the kernel counts and shows of it."""

import dataclasses
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the kernel shows of a PF, or of a device that is not a VF.

    Whatever it does not say is None.

    :ivar fatal: fatal errors that AER has counted since the host started
    :ivar nonfatal: the other uncorrected ones
    :ivar width: lanes of the link, of which ``max_width`` are possible
    :ivar speed: of the link in GT/s, of which ``max_speed`` is possible
    :ivar driver: that holds it, None for no driver
    :ivar vfs: how many it has
    """

    fatal: int | None = None
    nonfatal: int | None = None
    width: int | None = None
    max_width: int | None = None
    speed: float | None = None
    max_speed: float | None = None
    driver: str | None = None
    vfs: int = 0


def faults(now: Facts, before: Facts | None = None) -> tuple[str, ...]:
    """Return what is wrong, each fault a few words; empty if nothing is.

    :param before: the device while it had its VFs; None where that is not
        known.  What a guest has its driver taken from is not a fault, so only
        a PF that had VFs can lose driver and VFs
    """
    return (*_errors(now), *_link(now),
            *(_lost(now, before) if before is not None else ()))


def _errors(now: Facts) -> Iterator[str]:
    for number, kind in ((now.fatal, 'fatal'), (now.nonfatal, 'uncorrected')):
        if number:
            yield (f'{number} {kind} PCIe error{"" if number == 1 else "s"} '
                   'since the host started')


def _link(now: Facts) -> Iterator[str]:
    if now.width and now.max_width and now.width < now.max_width:
        yield f'link has {now.width} of {now.max_width} lanes'
    if now.speed and now.max_speed and now.speed < now.max_speed:
        yield f'link runs at {now.speed:g} of {now.max_speed:g} GT/s'


def _lost(now: Facts, before: Facts) -> Iterator[str]:
    if before.driver is not None and now.driver is None:
        yield f'lost its driver {before.driver}'
    if before.vfs and not now.vfs:
        yield f'lost its {before.vfs} VFs'
