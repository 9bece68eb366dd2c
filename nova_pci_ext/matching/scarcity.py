# SPDX-License-Identifier: Apache-2.0

"""How scarce each family of cards is, kept from one call to the next.

Two calls of a weigher are about nearly the same hosts.  The sum over all of
them is kept with what was summed, and hosts that came, went or changed are
added and taken off.
"""

import collections
import typing
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.matching import score
from nova_pci_ext.matching.stocks import Value
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.verifying import KEPT

# Flavors that leave different hosts have shifts that differ in a bit or two.
_KEPT = 256

_Counts = collections.Counter[Value]


class _Sum(typing.NamedTuple):
    """What is free of each family, in units of ``CARD``.

    :ivar counts: number of hosts with each value
    """

    counts: _Counts
    total: Mapping[PoolClass, int]


class Scarcity:
    """Computes ``score.scarcity`` of the hosts of each call.

    Threads may share one: a sum is not changed once it is kept.
    """

    def __init__(self) -> None:
        self._last = _Sum(collections.Counter(), {})
        self._shifts: Recent[frozenset[tuple[PoolClass, int]],
                             Mapping[PoolClass, int]] = Recent(
                                 _KEPT, 'shifts')

    def of(self, values: Iterable[Value]) -> Mapping[PoolClass, int]:
        """Return by how many bits ``left`` shifts each family.

        :param values: of all hosts of a call
        :returns: the same object for the same shifts
        """
        last = self._last
        counts = collections.Counter(values)
        if counts != last.counts:
            last = self._last = _sum(counts, last)
        found = score.shifts(last.total)
        if KEPT.report is not None:
            found = KEPT.verified('scarcity', found, score.scarcity, [
                (value.nothing, hosts) for value, hosts in counts.items()])
        return self._shifts.find(frozenset(found.items()), dict, found)


def _sum(counts: _Counts, last: _Sum) -> _Sum:
    """Sum up values, starting with what was summed before."""
    # Not all of two counters are looked at one by one: most are equal.
    came, went = (dict(one.items() - other.items()) for one, other in (
        (counts, last.counts), (last.counts, counts)))
    total = dict(last.total)
    if len(came) + len(went) > len(counts):
        came, went, total = counts, {}, {}
    for signed, changed in ((1, came), (-1, went)):
        for value, hosts in changed.items():
            for free in value.nothing.families:
                total[free.family] = (total.get(free.family, 0)
                                      + signed * free.before * hosts)
    return _Sum(counts, {family: free for family, free in total.items()
                         if free})
