# SPDX-License-Identifier: Apache-2.0

"""What the kernel shows of the health of a card, and what is wrong with it."""

import dataclasses
import enum


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the kernel shows of a PF, or of a device that is not a VF.

    Whatever it does not say is None.

    :ivar fatal: fatal errors that AER has counted since the host started
    :ivar nonfatal: the other uncorrected ones
    :ivar width: lanes of the link, of which ``max_width`` are possible
    :ivar speed: of the link in GT/s, of which ``max_speed`` is possible
    :ivar class_code: six hexadecimal digits
    :ivar driver: that holds it, None for no driver
    :ivar vfs: how many it has
    """

    fatal: int | None = None
    nonfatal: int | None = None
    width: int | None = None
    max_width: int | None = None
    speed: float | None = None
    max_speed: float | None = None
    class_code: str | None = None
    driver: str | None = None
    vfs: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFacts:
    """With what an operator has put a card back into service.

    As in ``Facts``; None for what is not accepted.
    """

    fatal: int | None = None
    nonfatal: int | None = None
    width: int | None = None
    speed: float | None = None


class FaultKind(enum.StrEnum):
    """What can be wrong with a card."""

    FATAL = 'fatal'
    NONFATAL = 'nonfatal'
    NO_ANSWER = 'no_answer'
    LANES = 'lanes'
    SPEED = 'speed'
    DRIVER = 'driver'
    VFS = 'vfs'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a card.

    :ivar words: what is wrong, a few words
    :ivar is_certain: False where an operator may have wanted it so
    """

    kind: FaultKind
    words: str
    is_certain: bool = True
