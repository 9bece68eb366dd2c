# SPDX-License-Identifier: Apache-2.0

"""Choices that were made for device sets, and what they leave to serve."""

import typing
from collections.abc import Iterable


class Part(typing.NamedTuple):
    """Some devices of one demand, for which the same was chosen.

    :ivar bit: number of the demand
    :ivar devices: how many
    :ivar places: the pools that they may come from, as a mask of positions
    :ivar settled: numbers of the sets for which a value was chosen, as a mask
    :ivar above: in the set that is being settled, only values from this
        number on are chosen
    """

    bit: int
    devices: int
    places: int
    settled: int = 0
    above: int = 0


class Choice(typing.NamedTuple):
    """A value that was chosen.

    :ivar number: of the set
    :ivar value: number of the value
    :ivar alike: numbers of the values that would have done as well
    """

    number: int
    value: int
    alike: tuple[int, ...] = ()


class SetBranch(typing.NamedTuple):
    """Some choices made.

    :ivar parts: what has to be served
    """

    parts: tuple[Part, ...]
    chosen: tuple[Choice, ...] = ()


class SetRefusal(typing.NamedTuple):
    """A branch that cannot serve.

    :ivar parts: those that together need too much
    :ivar chosen: the choices made
    :ivar lacking: number of the set that lacks values, None where devices
        lack
    :ivar needed: how many values, pairs, shares of budgets or Mbit/s it needs
    :ivar values: (name, how many of the parts it can serve) where values lack
    :ivar is_mbps: whether Mbit/s are counted
    :ivar pf_given: groups whose PF is given
    :ivar vf_kept: groups whose VFs are kept
    """

    parts: tuple[Part, ...]
    chosen: tuple[Choice, ...]
    lacking: int | None = None
    needed: int = 0
    values: tuple[tuple[str, int], ...] = ()
    pf_given: tuple[str, ...] = ()
    vf_kept: tuple[str, ...] = ()
    is_mbps: bool = False


#: A branch that is refused here because it is tried elsewhere.
ELSEWHERE = SetRefusal((), ())


def joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Put parts together that differ in count only."""
    counts: dict[Part, int] = {}
    for part in parts:
        key = part._replace(devices=0)
        counts[key] = counts.get(key, 0) + part.devices
    return tuple(sorted(key._replace(devices=count)
                        for key, count in counts.items()))
