# SPDX-License-Identifier: Apache-2.0

"""What an operator has taken out of service, and why."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CardFunction:
    """Which function of which card a device is, wherever the card is.

    :ivar serial: serial number of the card, from its vital product data
    :ivar function: number of the PF, or of the device itself
    :ivar offset: of a VF: its routing id less that of the PF; else 0
    """

    serial: str
    function: int
    offset: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A device, or a whole host, that is not handed out any more.

    :ivar address: where the device was when it was drained; None for all
        devices of the host
    :ivar reason: in the words of the operator
    :ivar since: when, in UTC, as ISO 8601 has it
    :ivar by: the user who ran the command
    :ivar card: what it is, as far as its card has a serial number
    """

    address: str | None
    reason: str
    since: str = ''
    by: str = ''
    card: CardFunction | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Why one device is not handed out.

    :ivar mark: that it follows from
    :ivar reason: the mark's, with the relative that has the mark
    """

    mark: Mark
    reason: str
