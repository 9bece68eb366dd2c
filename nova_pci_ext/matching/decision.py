# SPDX-License-Identifier: Apache-2.0

"""The decision: an assignment of devices to requests, or a proof of none.

``decide`` answers why a host cannot serve; ``can_serve`` only whether it can,
which spares the explanation; ``search`` chooses the devices as well (see
``assigning``).  All are exact, and none depends on the order of requests or
pools; the order of alternatives is a preference.  The scheduler and the
compute call the same functions on the same pools.

A decision that needs more than its limit of steps is a refusal with the reason
``search_limit``: whether the pools could serve is not known.

Effort: for n demands (requests that differ), m masks (kinds of pool that
differ in whom they serve; at most ``2 ** n``, and never more than the pools)
and d devices asked, one flow takes at most ``(d + 1) * n * m`` steps.
``decide`` needs one flow where no PF and its VFs are both useful, else two a
branch (see ``branches``).
"""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import assigning
from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import refusal
from nova_pci_ext.matching import set_refusal
from nova_pci_ext.matching import set_search
from nova_pci_ext.matching import set_table
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.demands import Ask
from nova_pci_ext.matching.demands import merge
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verdict import Verdict


def search(requests: Iterable[DeviceRequest], pools: Iterable[Pool],
           cells: GuestCells | None = None,
           limit: int = flow.LIMIT) -> Verdict:
    """Find devices for all requests of one instance at once.

    :param requests: any order
    :param pools: the host's pools, any order; not changed
    :param cells: host NUMA nodes that the guest would use, None without a
        NUMA topology
    :param limit: steps of a decision
    """
    return search_demands(
        merge([Ask(requests=tuple(requests), cells=cells)]), tuple(pools),
        limit)


def search_demands(demands: Demands, pools: Sequence[Pool],
                   limit: int = flow.LIMIT) -> Verdict:
    """Find devices for demands; see ``search``."""
    found = decide(demands, pools, limit)
    return (assigning.assign(demands, pools, limit) if found is None
            else found)


def decide(demands: Demands, pools: Sequence[Pool],
           limit: int = flow.LIMIT, *,
           only_reason: bool = False) -> Shortage | None:
    """Return why the pools cannot serve the demands, None if they can.

    :param only_reason: whether a shortage may lack all but its reason, which
        spares most of the time that it takes
    """
    if demands.invalid is not None:
        return refusal.bad_request(demands)
    steps = flow.Steps(limit)
    try:
        refused = branches.refusals(demands.counts,
                                    supply.count(demands, pools), steps)
        if refused and only_reason:
            return refusal.only_reason(demands, pools, refused)
        if refused:
            return refusal.shortage(demands, pools,
                                    supply.pool_masks(demands, pools),
                                    refused, steps.taken)
        search = _search_sets(demands, pools, steps)
        if search is None or search.run() is not None:
            return None
        return set_refusal.shortage(
            _without_budgets(demands, pools, steps) or search, pools,
            steps.taken)
    except flow.OutOfSteps:
        return refusal.given_up(demands, steps.taken)


def can_serve(demands: Demands, pools: Sequence[Pool],
              limit: int = flow.LIMIT) -> bool:
    """Whether the pools can serve the demands; see ``decide``.

    More pools never turn yes into no, as whatever is taken from some of them
    can be taken from all.
    """
    steps = flow.Steps(limit)
    try:
        if demands.invalid is not None or branches.refusals(
                demands.counts, supply.count(demands, pools), steps):
            return False
        search = _search_sets(demands, pools, steps)
        return search is None or search.run() is not None
    except flow.OutOfSteps:
        return False


def _search_sets(demands: Demands, pools: Sequence[Pool],
                 steps: flow.Steps) -> set_search.SetSearch | None:
    """Return a search for what the sets choose, None without sets."""
    if not demands.sets:
        return None
    return set_search.SetSearch(set_table.SetTable(demands, pools), steps)


def _without_budgets(demands: Demands, pools: Sequence[Pool],
                     steps: flow.Steps) -> set_search.SetSearch | None:
    """Return a search that finds no sets, whatever is left of budgets.

    :returns: None where it is the budgets that refuse
    """
    asked = demands.asked_sets
    if not asked or len(asked) == len(demands.sets):
        return None
    search = set_search.SetSearch(
        set_table.SetTable(demands.with_sets(asked), pools), steps)
    return search if search.run() is None else None
