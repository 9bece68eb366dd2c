# SPDX-License-Identifier: Apache-2.0

"""What is wrong with a card, by what the kernel counts and shows of it."""

import dataclasses
import typing
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.model.health import AcceptedFacts
from nova_pci_ext.model.health import Facts
from nova_pci_ext.model.health import Fault
from nova_pci_ext.model.health import FaultKind

#: Seen at once: the kernel counts them, and they do not go away.
COUNTED = frozenset({FaultKind.FATAL, FaultKind.NONFATAL})
#: Looks in a row that have to show any other fault, or that it is over: a
#: card that is reset, or has another driver, shows what is none.
LOOKS = 3
#: Lanes that a link can have; what has none prints 255, and a device that
#: does not answer 63, all bits of the number.
_MOST_LANES = 32
_ALL_BITS = 63
#: Display controllers and accelerators lower the speed of an idle link by
#: themselves, and nothing that the kernel shows tells that from a fault.
_SLOW_WHEN_IDLE = ('03', '12')


def faults(now: Facts, before: Facts | None = None, *,
           in_use: int = 0) -> tuple[Fault, ...]:
    """Return what is wrong, empty if nothing is.

    :param before: the device while it had its VFs; None where that is not
        known.  What a guest has its driver taken from is not a fault, so only
        a PF that had VFs can lose driver and VFs
    :param in_use: VFs, and devices on VFs, that servers have.  Without any,
        an operator may have taken driver and VFs away
    """
    return (*_errors(now), *_link(now),
            *(_lost(now, before, in_use) if before is not None else ()))


def _errors(now: Facts) -> Iterator[Fault]:
    for number, kind, word in (
            (now.fatal, FaultKind.FATAL, 'fatal'),
            (now.nonfatal, FaultKind.NONFATAL, 'uncorrected')):
        if number:
            yield Fault(kind=kind, words=(
                f'{_about(number)} {word} PCIe '
                f'error{"" if number == 1 else "s"} since the host started'))


def _about(number: int) -> str:
    """Return a count so that one that grows is not news each minute."""
    if number < 10:
        return str(number)
    return f'{10 ** (len(str(number)) - 1)} or more'


def _link(now: Facts) -> Iterator[Fault]:
    width, most = now.width, now.max_width
    can_have_lanes = most is not None and 0 < most <= _MOST_LANES
    if width == _ALL_BITS or (width == 0 and can_have_lanes):
        yield Fault(kind=FaultKind.NO_ANSWER, words='does not answer')
        return
    if width and most and can_have_lanes and width < most:
        yield Fault(kind=FaultKind.LANES,
                    words=f'link has {width} of {most} lanes')
    if (now.speed and now.max_speed and now.speed < now.max_speed
            and not (now.class_code or '').startswith(_SLOW_WHEN_IDLE)):
        yield Fault(kind=FaultKind.SPEED, words=(
            f'link runs at {now.speed:g} of {now.max_speed:g} GT/s'))


def _lost(now: Facts, before: Facts, in_use: int) -> Iterator[Fault]:
    if before.driver is not None and now.driver is None:
        yield Fault(kind=FaultKind.DRIVER, is_certain=in_use > 0,
                    words=f'lost its driver {before.driver}')
    if before.vfs and not now.vfs:
        yield Fault(kind=FaultKind.VFS, is_certain=in_use > 0,
                    words=f'lost its {before.vfs} VFs')


def words(found: Iterable[Fault]) -> str:
    """Return what is wrong with a card as one text, '' for nothing."""
    return ', '.join(fault.words for fault in found)


def of_part(text: str, pf: str | None) -> str:
    """Return what is wrong with a card as it is said of one of its devices.

    :param pf: the address of the PF of the device, None where it has none
    """
    return text if pf is None else f'PF {pf}: {text}'


def of_card(text: str, pf: str | None) -> str:
    """Return what ``of_part`` was told of the card of a device."""
    return text if pf is None else text.removeprefix(of_part('', pf))


def to_drain(found: Iterable[Fault], now: Facts,
             accepted: AcceptedFacts | None) -> tuple[Fault, ...]:
    """Return the faults for which a card is taken out of service.

    :param found: what is wrong with it
    :param accepted: what an operator has put back into service with it, None
        for nothing: more errors than those, or a worse link, count
    """
    return tuple(
        fault for fault in found
        if fault.is_certain and not (
            accepted and _is_accepted(fault.kind, now, accepted)))


def _is_accepted(kind: FaultKind, now: Facts,
                 accepted: AcceptedFacts) -> bool:
    match kind:
        case FaultKind.FATAL:
            return (now.fatal or 0) <= (accepted.fatal or 0)
        case FaultKind.NONFATAL:
            return (now.nonfatal or 0) <= (accepted.nonfatal or 0)
        case FaultKind.LANES:
            return bool(accepted.width) and (
                (now.width or 0) >= (accepted.width or 0))
        case FaultKind.SPEED:
            return bool(accepted.speed) and (
                (now.speed or 0) >= (accepted.speed or 0))
        case FaultKind.NO_ANSWER | FaultKind.DRIVER | FaultKind.VFS:
            # No server can use such a card, whatever an operator says.
            return False
    typing.assert_never(kind)


def accepting(now: Facts) -> AcceptedFacts:
    """Return what is accepted with a card that is as it is now."""
    return AcceptedFacts(fatal=now.fatal, nonfatal=now.nonfatal,
                         width=now.width, speed=now.speed)


def renewed(accepted: AcceptedFacts, now: Facts) -> AcceptedFacts:
    """Return what stays accepted: counters that fell have started anew."""
    return dataclasses.replace(
        accepted, fatal=_lower(accepted.fatal, now.fatal),
        nonfatal=_lower(accepted.nonfatal, now.nonfatal))


def _lower(one: int | None, other: int | None) -> int | None:
    return one if one is None or other is None else min(one, other)
