# SPDX-License-Identifier: Apache-2.0

"""What is taken out of service, by whom, and why."""

import dataclasses
import enum

from nova_pci_ext.model.health import AcceptedFacts


class Origin(enum.StrEnum):
    """What a mark comes from; whatever it is, one rule obeys all of them.

    ``OPERATOR`` is ``nova-pci drain``.  ``HEALTH`` is nova-compute, with
    ``[pci_ext] unhealthy = drain``; ``RELEASE`` is nova-compute too, with
    ``[pci_ext] verify_clean = hold``.  The values are in files, rows and JSON.
    """

    OPERATOR = 'operator'
    HEALTH = 'health'
    RELEASE = 'release'


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
    :ivar reason: in the words of the operator, or of the service
    :ivar since: when, in UTC, as ISO 8601 has it
    :ivar by: the user who ran the command, or the service
    :ivar origin: what the mark comes from
    :ivar card: what it is, as far as its card has a serial number
    """

    address: str | None
    reason: str
    since: str = ''
    by: str = ''
    origin: Origin = Origin.OPERATOR
    card: CardFunction | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A card that an operator has put back into service as it is.

    :ivar address: where it was then
    :ivar card: what it is, as far as it has a serial number
    :ivar facts: of its health; None until nova-compute has looked at it
    """

    address: str
    card: CardFunction | None = None
    facts: AcceptedFacts | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a host keeps of what is drained.

    :ivar drained: the devices that are out of service
    :ivar accepted: the cards that were, for their health, and are back
    """

    drained: tuple[Mark, ...] = ()
    accepted: tuple[Accepted, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Why one device is not handed out.

    :ivar mark: that it follows from
    :ivar reason: the mark's, with the relative that has the mark
    """

    mark: Mark
    reason: str
