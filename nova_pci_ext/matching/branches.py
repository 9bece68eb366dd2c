# SPDX-License-Identifier: Apache-2.0

"""Which PFs to give out where their VFs are wanted too.

Giving out a PF costs all of its VFs, and the other way round.  Everything
else about a decision is a flow (``flow``), so the search branches on these
groups only, and only on those that the demands which miss out could use.

A branch gives the PF of one group, or keeps its VFs.  Four things keep the
number of branches low:

- Groups with equal PFs and equal VFs are one kind: how many of them are given
  decides, not which.
- Of groups with equal PFs the one with the fewest VFs is given first, and once
  its VFs are kept, so are those of every group that has at least as many of
  each sort: if a solution gave such a PF, giving the smaller one instead would
  be a solution too.
- A branch that has nothing more to offer than one that was looked at, with
  the same groups to decide, is not looked at: the search ends with the first
  solution, so that one had none.
- ``_bound``: where so many PFs have to be given that, whichever they are,
  some demands miss their VFs, no choice is tried.

For PFs whose VF counts form a chain (one sort of VF always does), a search for
k PFs so visits at most 2k + 1 branches.  In general the search grows with the
number of different sums that the VFs of k PFs can have.  It has a budget of
steps, and keeps a bounded number of branches.
"""

import collections
import typing
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import flow
from nova_pci_ext.matching.supply import ContestedGroup
from nova_pci_ext.matching.supply import Supply

# Refused branches that are kept: a reader needs a few.
KEPT = 8
# Refused branches after which ``_bound`` is asked.
BOUND_AFTER = KEPT
# Branches that are remembered, so that memory stays flat.
REMEMBERED = 5_000
# Of those with the same groups to decide, how many are compared one by one.
COMPARED = 8

Side = tuple[tuple[int, int], ...]


class Refusal(typing.NamedTuple):
    """One branch that cannot serve the demands.

    :ivar mask: demands that together need too much
    :ivar pf_given: groups whose PF is given
    :ivar vf_kept: groups whose VFs are kept
    """

    mask: int
    pf_given: tuple[str, ...] = ()
    vf_kept: tuple[str, ...] = ()


class _Kind(typing.NamedTuple):
    """Contested groups that are equal.

    :ivar pf: (mask, number of devices) of each
    :ivar vfs: (mask, number of devices) of each
    :ivar groups: the undecided ones
    """

    pf: Side
    vfs: Side
    groups: tuple[str, ...]


class _Branch(typing.NamedTuple):
    """A search with some groups decided.

    :ivar loose: the loose devices and the chosen side of decided groups
    :ivar undecided: the smallest first
    :ivar above: the decisions so far
    """

    loose: dict[int, int]
    undecided: tuple[_Kind, ...]
    above: Refusal


def refusals(counts: Sequence[int], supply: Supply,
             steps: flow.Steps) -> tuple[Refusal, ...]:
    """Return refusals of all branches, or nothing if one serves all.

    :param counts: devices asked by each demand
    :returns: the first ``KEPT`` of them
    :raises OutOfSteps: if there are too many branches
    """
    if not supply.contested:
        short = flow.violator(counts, supply.loose, steps)
        return (Refusal(short),) if short else ()
    return _Search(counts, steps).run(_Branch(
        supply.loose, _kinds(supply.contested, sum(counts)), Refusal(0)))


def _kinds(contested: Iterable[ContestedGroup],
           total: int) -> tuple[_Kind, ...]:
    """Put equal groups together.

    More VFs than all demands ask for are as good as that many.
    """
    found: dict[tuple[Side, Side], list[str]] = collections.defaultdict(list)
    for contest in contested:
        vfs = tuple((mask, min(count, total)) for mask, count in contest.vfs)
        found[contest.pf, vfs].append(contest.group)
    return tuple(sorted(
        (_Kind(pf, vfs, tuple(sorted(groups)))
         for (pf, vfs), groups in found.items()), key=_size))


def _size(kind: _Kind) -> tuple[int, str]:
    return sum(count for _, count in kind.vfs), kind.groups[0]


class _Search:
    """Looks at one branch after the other; a loop, as hosts are large."""

    def __init__(self, counts: Sequence[int], steps: flow.Steps) -> None:
        self._counts = counts
        self._steps = steps
        self._refused: list[Refusal] = []
        self._seen = _Seen()

    def run(self, root: _Branch) -> tuple[Refusal, ...]:
        """Return refusals of all branches, or nothing if one serves all."""
        waiting = [root]
        while waiting:
            branch = waiting.pop()
            self._steps.spend(len(branch.undecided) + 1)
            if self._seen.covers(branch):
                continue
            kept_all = _supply(branch, pfs=False)
            if self._refuse(branch):
                continue
            missing = flow.violator(self._counts, kept_all, self._steps)
            if not missing:
                return ()
            if not self._is_bound(branch, kept_all, missing):
                waiting += reversed(_halves(branch, missing))
        return tuple(self._refused)

    def _refuse(self, branch: _Branch) -> bool:
        """Note a branch that cannot serve even with both sides of groups."""
        short = flow.violator(self._counts, _supply(branch, pfs=True),
                              self._steps)
        if short and len(self._refused) < KEPT:
            self._refused.append(branch.above._replace(mask=short))
        return bool(short)

    def _is_bound(self, branch: _Branch, kept_all: dict[int, int],
                  missing: int) -> bool:
        """Whether ``_bound`` refuses a branch.

        It gives one proof in the place of many, and a reader is better served
        by one for each way to give PFs, where there are few.
        """
        if len(self._refused) < BOUND_AFTER:
            return False
        given = _bound(self._counts, branch, kept_all, missing)
        return given is not None and self._refuse(given)


class _Seen:
    """Branches that were looked at."""

    def __init__(self) -> None:
        self._exact: set[object] = set()
        self._recent: dict[object, collections.deque[dict[int, int]]] = {}

    def covers(self, branch: _Branch) -> bool:
        """Whether a branch with as much to offer was looked at.

        If not, this one is looked at now.
        """
        left = tuple((len(kind.groups), kind.pf, kind.vfs)
                     for kind in branch.undecided)
        exact = left, frozenset(branch.loose.items())
        if exact in self._exact:
            return True
        recent = self._recent.get(left, ())
        for other in recent:
            if all(other.get(mask, 0) >= count
                   for mask, count in branch.loose.items()):
                return True
        if len(self._exact) < REMEMBERED:
            self._exact.add(exact)
            self._recent.setdefault(left, collections.deque(
                maxlen=COMPARED)).append(branch.loose)
        return False


def _halves(branch: _Branch, missing: int) -> tuple[_Branch, _Branch]:
    """Give one PF, or keep the VFs of all its kind and of what is no worse.

    Some PF can serve what is missing, else both sides together would not.
    """
    first = next(kind for kind in branch.undecided
                 if any(mask & missing for mask, _ in kind.pf))
    keep = [kind for kind in branch.undecided if _replaceable(first, kind)]
    return _give(branch, first, 1), _Branch(
        _with(branch.loose, [(kind.vfs, len(kind.groups)) for kind in keep]),
        tuple(kind for kind in branch.undecided if kind not in keep),
        branch.above._replace(vf_kept=branch.above.vf_kept + tuple(
            group for kind in keep for group in kind.groups)))


def _give(branch: _Branch, kind: _Kind, number: int) -> _Branch:
    """Give the PFs of some groups of a kind."""
    rest = kind._replace(groups=kind.groups[number:])
    return _Branch(
        _with(branch.loose, [(kind.pf, number)]),
        tuple(rest if each is kind else each for each in branch.undecided
              if each is not kind or rest.groups),
        branch.above._replace(
            pf_given=branch.above.pf_given + kind.groups[:number]))


def _replaceable(kind: _Kind, other: _Kind) -> bool:
    """Whether giving ``kind`` is never worse than giving ``other``."""
    if kind.pf != other.pf:
        return False
    has = dict(other.vfs)
    return all(has.get(mask, 0) >= count for mask, count in kind.vfs)


def _bound(counts: Sequence[int], branch: _Branch, kept_all: dict[int, int],
           missing: int) -> _Branch | None:
    """Return the branch that shows that there is no way to give enough PFs.

    With all VFs kept, the demands of ``missing`` lack some devices, so at
    least n PFs that bring them more than they take have to be given.  If the
    demands of another set cannot spare the VFs of the n PFs that cost them
    least, no choice of PFs serves both.

    :param kept_all: what there is without PFs
    :returns: the branch that gives these n; None where no set is found
    """
    lack = _asked(counts, missing) - _reach(kept_all.items(), missing)
    useful = [(gain, kind) for kind in branch.undecided
              if (gain := _gain(kind, missing)) > 0]
    number = _number(useful, lack)
    if number is None:
        return None
    others = [1 << bit for bit in range(len(counts))]
    others.append(sum(others) & ~missing)
    for wanted in others:
        costs = [(-_gain(kind, wanted), kind) for kind in branch.undecided]
        if any(cost < 0 for cost, _ in costs):
            continue
        costs = [item for item in costs if any(
            item[1] is kind for _, kind in useful)]
        costs.sort(key=lambda item: item[0])
        cheapest, spent = _cheapest(branch, costs, number)
        if _reach(kept_all.items(), wanted) - spent < _asked(counts, wanted):
            return cheapest
    return None


def _cheapest(branch: _Branch, costs: Iterable[tuple[int, _Kind]],
              number: int) -> tuple[_Branch, int]:
    """Give the PFs that cost least; return what they cost."""
    spent = 0
    for cost, kind in costs:
        taken = min(number, len(kind.groups))
        if taken:
            branch = _give(branch, kind, taken)
            spent += cost * taken
            number -= taken
    return branch, spent


def _number(useful: Iterable[tuple[int, _Kind]], lack: int) -> int | None:
    """Return how many PFs bring what is lacking; None if not even all do."""
    number = 0
    for gain, kind in sorted(useful, key=lambda item: -item[0]):
        enough = -(-lack // gain)
        if enough <= len(kind.groups):
            return number + max(0, enough)
        number += len(kind.groups)
        lack -= gain * len(kind.groups)
    return None


def _gain(kind: _Kind, wanted: int) -> int:
    """Return how much more some demands can use if a PF is given."""
    return _reach(kind.pf, wanted) - _reach(kind.vfs, wanted)


def _asked(counts: Sequence[int], wanted: int) -> int:
    return sum(count for bit, count in enumerate(counts) if wanted >> bit & 1)


def _reach(devices: Iterable[tuple[int, int]], wanted: int) -> int:
    """Count the devices that can serve any of some demands."""
    return sum(count for mask, count in devices if mask & wanted)


def _supply(branch: _Branch, *, pfs: bool) -> dict[int, int]:
    """Return what there is with the VFs of undecided groups, or both sides."""
    sides = [(kind.vfs, len(kind.groups)) for kind in branch.undecided]
    if pfs:
        sides += [(kind.pf, len(kind.groups)) for kind in branch.undecided]
    return _with(branch.loose, sides)


def _with(loose: dict[int, int],
          sides: Iterable[tuple[Side, int]]) -> dict[int, int]:
    """Add the devices of some sides, each so many times."""
    total = dict(loose)
    for side, number in sides:
        for mask, count in side:
            total[mask] = total.get(mask, 0) + count * number
    return total
