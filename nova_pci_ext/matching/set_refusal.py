# SPDX-License-Identifier: Apache-2.0

"""Refused choices of device sets into a shortage that proves itself.

A server is refused for its sets when the devices alone would do.  Each branch
that was refused is proven: by a set of requests that need more devices than
can serve them with the choices made, as without sets, or by an attribute with
fewer values than have to differ, or that make fewer pairs, or by what is left
of the budgets of PFs.
"""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.matching import refusal
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.preferences import address_key
from nova_pci_ext.matching.set_branch import Part
from nova_pci_ext.matching.set_branch import SetRefusal
from nova_pci_ext.matching.set_search import SetSearch
from nova_pci_ext.matching.set_table import SetTable
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage

_COUNTED = {SetRule.DISTINCT: Counted.VALUES, SetRule.PAIR: Counted.PAIRS,
            SetRule.SAME: Counted.VALUES, SetRule.GROUP: Counted.VALUES,
            SetRule.BANDWIDTH: Counted.SHARES}


def shortage(search: SetSearch, pools: Sequence[Pool],
             steps: int) -> Shortage:
    """Explain what a search refused.

    :param pools: all of the host
    """
    table = search.table
    mask = 0
    for part in search.refused[0].parts:
        mask |= 1 << part.bit
    return Shortage(
        reason=_reason(table, pools),
        needs=refusal.needs_of(table.demands, mask, pools),
        proofs=tuple(_proof(table, refused)
                     for refused in search.refused[:refusal.MAX_PROOFS]),
        steps=steps)


def _reason(table: SetTable, pools: Sequence[Pool]) -> Reason:
    """Name what is refused; budgets only where sets alone are served."""
    demands = table.demands
    if not demands.takes_bandwidth:
        nowhere = any(not table.values[number]
                      for number, found in enumerate(demands.sets)
                      if found.mask)
        return Reason.SET_VALUE if nowhere else Reason.SET
    masks = supply.pool_masks(demands, pools)
    for wanted in demands.sets:
        if wanted.rule is SetRule.BANDWIDTH and not any(
                mask & wanted.mask and pool.free
                and bandwidth.whole(pool) >= int(wanted.attribute)
                for pool, mask in zip(pools, masks, strict=True)):
            return Reason.BANDWIDTH_BUDGET
    return Reason.BANDWIDTH


def _proof(table: SetTable, refused: SetRefusal) -> Proof:
    lacking = None if refused.lacking is None else (
        table.demands.sets[refused.lacking])
    requests = _requests(table, refused.parts)
    if lacking is None:
        needed = sum(count for _, count in requests)
        devices = _devices(table, refused)
    else:
        needed, devices = refused.needed, refused.values
    return Proof(
        requests=requests, needed=needed,
        available=sum(count for _, count in devices), devices=devices,
        pf_given=tuple(sorted(refused.pf_given)),
        vf_kept=tuple(sorted(refused.vf_kept)),
        chosen=tuple((table.demands.sets[choice.number].text,
                      table.values[choice.number][choice.value].name)
                     for choice in refused.chosen),
        alike=tuple(tuple(table.values[choice.number][index].name
                          for index in choice.alike)
                    for choice in refused.chosen),
        lacking=lacking and lacking.text,
        counted=Counted.DEVICES if lacking is None else Counted.MBPS
        if refused.is_mbps else _COUNTED[lacking.rule])


def _requests(table: SetTable,
              parts: Iterable[Part]) -> tuple[tuple[str, int], ...]:
    """Count the devices that parts ask for, by request."""
    counts: dict[tuple[int, str], int] = {}
    for part in parts:
        demand = table.demands[part.bit]
        for share in demand.shares:
            key = part.bit, share.name
            counts[key] = counts.get(key, 0) + (
                part.devices if len(demand.shares) == 1 else share.count)
    return tuple(sorted((name, count)
                        for (_, name), count in counts.items()))


def _devices(table: SetTable,
             refused: SetRefusal) -> tuple[tuple[str, int], ...]:
    """Count the devices that can serve any of the parts."""
    places = 0
    for part in refused.parts:
        places |= part.places & table.eligible[part.bit]
    devices: dict[str, int] = {}
    for position, pool in enumerate(table.pools):
        if places >> position & 1 and not refusal.is_lost(
                pool, refused.pf_given, refused.vf_kept):
            for name, count in refusal.device_names(pool):
                devices[name] = devices.get(name, 0) + count
    return tuple(sorted(devices.items(),
                        key=lambda item: address_key(item[0])))
