#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Which PFs to give out where their VFs are wanted too.

Giving out a PF costs all of its VFs, and the other way round.  Everything
else about a decision is a flow (``flow``), so the search branches on these
groups only, and only on those that the demands which miss out could use.

A branch gives the PF of one twin, or keeps its VFs.  Of twins with equal PFs
the one with the fewest VFs is given first, and once its VFs are kept, so are
those of every twin that has at least as many of each kind: if a solution gave
such a PF, giving the smaller one instead would be a solution too.  For PFs
whose VF counts form a chain (one kind of VF always does), a search for k PFs
so visits at most 2k + 1 branches; in general at most two for each way to
choose k of the twins.
"""

import typing
from collections.abc import Sequence

from nova_pci_ext.matching import flow
from nova_pci_ext.matching.supply import Supply
from nova_pci_ext.matching.supply import Twin


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
    if not supply.twins:
        short = flow.violator(counts, supply.loose, steps)
        return (Refusal(short),) if short else ()
    total = sum(counts)
    twins = sorted((_capped(twin, total) for twin in supply.twins),
                   key=_size)
    return _branch(counts, supply.loose, twins, Refusal(0), steps)


def _capped(twin: Twin, total: int) -> Twin:
    # More VFs than all demands ask for are as good as that many.
    return twin._replace(vfs=tuple(
        (mask, min(count, total)) for mask, count in twin.vfs))


def _size(twin: Twin) -> tuple[int, str]:
    return sum(count for _, count in twin.vfs), twin.group


def _branch(counts: Sequence[int], loose: dict[int, int],
            open_twins: list[Twin], above: Refusal,
            steps: flow.Steps) -> tuple[Refusal, ...]:
    """Decide with some twins decided.

    :param loose: the loose devices and the chosen side of decided twins
    :param above: the decisions so far
    """
    kept_all = _with(loose, (twin.vfs for twin in open_twins))
    both = _with(kept_all, (twin.pf for twin in open_twins))
    short = flow.violator(counts, both, steps)
    if short:
        return (above._replace(mask=short),)
    missing = flow.violator(counts, kept_all, steps)
    if not missing:
        return ()
    # Some PF can serve what is missing, else both sides together would not.
    twin = next(twin for twin in open_twins
                if any(mask & missing for mask, _ in twin.pf))
    given = _branch(
        counts, _with(loose, (twin.pf,)),
        [other for other in open_twins if other is not twin],
        above._replace(pf_given=(*above.pf_given, twin.group)), steps)
    if not given:
        return ()
    keep = [other for other in open_twins if _replaceable(twin, other)]
    kept = _branch(
        counts, _with(loose, (other.vfs for other in keep)),
        [other for other in open_twins if other not in keep],
        above._replace(vf_kept=above.vf_kept + tuple(
            other.group for other in keep)), steps)
    return given + kept if kept else ()


def _replaceable(twin: Twin, other: Twin) -> bool:
    """Whether giving ``twin`` is never worse than giving ``other``."""
    if twin.pf != other.pf:
        return False
    has = dict(other.vfs)
    return all(has.get(mask, 0) >= count for mask, count in twin.vfs)


def _with(loose: dict[int, int],
          sides: typing.Iterable[tuple[tuple[int, int], ...]],
          ) -> dict[int, int]:
    total = dict(loose)
    for side in sides:
        for mask, count in side:
            total[mask] = total.get(mask, 0) + count
    return total
