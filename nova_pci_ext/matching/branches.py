# SPDX-License-Identifier: Apache-2.0

"""Which PFs to give out where their VFs are wanted too.

Giving out a PF costs all of its VFs, and the other way round.  Everything
else about a decision is a flow (``flow``), so the search branches on these
groups only, and only on those that the demands which miss out could use.

A branch gives the PF of one group, or keeps its VFs.  Of groups with equal
PFs the one with the fewest VFs is given first, and once its VFs are kept, so
are those of every group that has at least as many of each kind: if a solution
gave such a PF, giving the smaller one instead would be a solution too.  For
PFs whose VF counts form a chain (one kind of VF always does), a search for k
PFs so visits at most 2k + 1 branches; in general at most two for each way to
choose k of the groups.
"""

import typing
from collections.abc import Sequence

from nova_pci_ext.matching import flow
from nova_pci_ext.matching.supply import ContestedGroup
from nova_pci_ext.matching.supply import Supply


class Refusal(typing.NamedTuple):
    """One branch that cannot serve the demands.

    :ivar mask: demands that together need too much
    :ivar pf_given: groups whose PF is given
    :ivar vf_kept: groups whose VFs are kept
    """

    mask: int
    pf_given: tuple[str, ...] = ()
    vf_kept: tuple[str, ...] = ()


def refusals(counts: Sequence[int], supply: Supply,
             steps: flow.Steps) -> tuple[Refusal, ...]:
    """Return a refusal of every branch, or nothing if one serves all.

    :param counts: devices asked by each demand
    """
    if not supply.contested:
        short = flow.violator(counts, supply.loose, steps)
        return (Refusal(short),) if short else ()
    total = sum(counts)
    contested = sorted((_capped(contest, total)
                        for contest in supply.contested), key=_size)
    return _branch(counts, supply.loose, contested, Refusal(0), steps)


def _capped(contest: ContestedGroup, total: int) -> ContestedGroup:
    # More VFs than all demands ask for are as good as that many.
    return contest._replace(vfs=tuple(
        (mask, min(count, total)) for mask, count in contest.vfs))


def _size(contest: ContestedGroup) -> tuple[int, str]:
    return sum(count for _, count in contest.vfs), contest.group


def _branch(counts: Sequence[int], loose: dict[int, int],
            undecided: list[ContestedGroup], above: Refusal,
            steps: flow.Steps) -> tuple[Refusal, ...]:
    """Decide with some groups decided.

    :param loose: the loose devices and the chosen side of decided groups
    :param above: the decisions so far
    """
    kept_all = _with(loose, (contest.vfs for contest in undecided))
    both = _with(kept_all, (contest.pf for contest in undecided))
    short = flow.violator(counts, both, steps)
    if short:
        return (above._replace(mask=short),)
    missing = flow.violator(counts, kept_all, steps)
    if not missing:
        return ()
    # Some PF can serve what is missing, else both sides together would not.
    contest = next(contest for contest in undecided
                if any(mask & missing for mask, _ in contest.pf))
    given = _branch(
        counts, _with(loose, (contest.pf,)),
        [other for other in undecided if other is not contest],
        above._replace(pf_given=(*above.pf_given, contest.group)), steps)
    if not given:
        return ()
    keep = [other for other in undecided if _replaceable(contest, other)]
    kept = _branch(
        counts, _with(loose, (other.vfs for other in keep)),
        [other for other in undecided if other not in keep],
        above._replace(vf_kept=above.vf_kept + tuple(
            other.group for other in keep)), steps)
    return given + kept if kept else ()


def _replaceable(contest: ContestedGroup, other: ContestedGroup) -> bool:
    """Whether giving ``contest`` is never worse than giving ``other``."""
    if contest.pf != other.pf:
        return False
    has = dict(other.vfs)
    return all(has.get(mask, 0) >= count for mask, count in contest.vfs)


def _with(loose: dict[int, int],
          sides: typing.Iterable[tuple[tuple[int, int], ...]],
          ) -> dict[int, int]:
    total = dict(loose)
    for side in sides:
        for mask, count in side:
            total[mask] = total.get(mask, 0) + count
    return total
