# SPDX-License-Identifier: Apache-2.0

"""Refused branches into a shortage that proves itself."""

import dataclasses
import heapq
import operator
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching.branches import Refusal
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.preferences import address_key
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Need
from nova_pci_ext.model.verdict import ORDER
from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejected
from nova_pci_ext.model.verdict import Rejection
from nova_pci_ext.model.verdict import Shortage

MAX_EXAMPLES = 3
# A host with many groups can refuse in many branches; a reader needs a few.
MAX_PROOFS = 8


def bad_request(demands: Demands) -> Shortage:
    """Return the refusal of requests that no host could serve."""
    names = sorted((share.name, share.count)
                   for demand in demands for share in demand.shares)
    return Shortage(reason=Reason.BAD_REQUEST, needs=tuple(
        Need(name=name, count=count, fitting=0) for name, count in names))


def given_up(demands: Demands, steps: int) -> Shortage:
    """Return the refusal of requests whose search took too many steps."""
    return dataclasses.replace(bad_request(demands),
                               reason=Reason.SEARCH_LIMIT, steps=steps)


def shortage(demands: Demands, pools: Sequence[Pool], masks: Sequence[int],
             refused: Sequence[Refusal], steps: int) -> Shortage:
    """Explain refused branches.

    :param masks: which demands each pool can serve
    """
    needs = needs_of(demands, refused[0].mask, pools)
    proofs = tuple(_proof(demands, pools, masks, branch)
                   for branch in refused[:MAX_PROOFS])
    fits = [(need.count, need.fitting, [reason for reason, _ in need.counts])
            for need in needs]
    return Shortage(reason=_reason(fits, refused, pools),
                    needs=needs, proofs=proofs, steps=steps)


def needs_of(demands: Demands, mask: int,
             pools: Sequence[Pool]) -> tuple[Need, ...]:
    """Say of some demands what the host has for each, sorted by name."""
    return tuple(sorted(
        (need for bit in range(len(demands)) if mask >> bit & 1
         for need in _needs(demands, bit, pools)),
        key=lambda need: (need.name, need.count)))


def only_reason(demands: Demands, pools: Sequence[Pool],
                refused: Sequence[Refusal]) -> Shortage:
    """Name the reason of refused branches; the rest is left out."""
    mask = refused[0].mask
    fits = []
    for bit in range(len(demands)):
        if mask >> bit & 1:
            fitting, reasons = _fit(demands, bit, pools)
            fits += [(share.name, share.count, fitting, reasons)
                     for share in demands.demands[bit].shares]
    fits.sort(key=operator.itemgetter(0, 1))
    return Shortage(reason=_reason([fit[1:] for fit in fits], refused, pools))


_Fit = tuple[int, int, Iterable[Reason]]


def _reason(fits: Sequence[_Fit], refused: Sequence[Refusal],
            pools: Sequence[Pool]) -> Reason:
    """Name a shortage by the need that fails by itself, else as joint.

    :param fits: for each need how many devices it takes, how many fit, and
        why others do not
    """
    if not any([pool[3] for pool in pools]):
        return Reason.NO_DEVICES
    for _, fitting, reasons in fits:
        if not fitting:
            return max(reasons, key=ORDER.__getitem__,
                       default=Reason.NO_DEVICES)
    if any(fitting < count for count, fitting, _ in fits):
        return Reason.TOO_FEW
    if refused[0].pf_given or refused[0].vf_kept:
        return Reason.PF_AND_VF
    return Reason.JOINT


def _fit(demands: Demands, bit: int, pools: Sequence[Pool],
         ) -> tuple[int, set[Reason]]:
    """Count the devices that fit one demand; say why others do not."""
    fitting = 0
    reasons = set()
    for pool in pools:
        if pool.free:
            miss = _miss(demands, bit, pool)
            if miss is None:
                fitting += pool.free
            else:
                reasons.add(miss.reason)
    return fitting, reasons


def _miss(demands: Demands, bit: int, pool: Pool) -> Rejection | None:
    """Return why a pool does not fit one demand, None if it does."""
    miss = demands.rejection(bit, pool.kind)
    provider = demands.demands[bit].provider
    if miss is None and provider not in (None, pool.provider):
        return Rejection(reason=Reason.PROVIDER, wanted=provider,
                         found=pool.provider)
    return miss


def _needs(demands: Demands, bit: int,
           pools: Sequence[Pool]) -> list[Need]:
    """Count the devices that fit one demand, and those each rule refuses."""
    demand = demands.demands[bit]
    fitting = 0
    missed: dict[Reason, list[tuple[Pool, Rejection]]] = {}
    for pool in pools:
        if not pool.free:
            continue
        miss = _miss(demands, bit, pool)
        if miss is None:
            fitting += pool.free
        else:
            missed.setdefault(miss.reason, []).append((pool, miss))
    counts = tuple(
        (reason, sum(pool.free for pool, _ in missed[reason]))
        for reason in sorted(missed, key=ORDER.__getitem__))
    examples = tuple(_nearest(missed))
    return [Need(name=share.name, count=share.count, fitting=fitting,
                 counts=counts, examples=examples)
            for share in demand.shares]


def _nearest(missed: Mapping[Reason, Sequence[tuple[Pool, Rejection]]],
             ) -> Iterator[Rejected]:
    """Yield the devices that came nearest to fit."""
    wanted = MAX_EXAMPLES
    for reason in sorted(missed, key=ORDER.__getitem__, reverse=True):
        nearest = heapq.nsmallest(wanted, missed[reason], key=_miss_key)
        for pool, miss in nearest:
            yield Rejected(group=pool.group, devices=pool.free,
                           rejection=miss)
        wanted -= len(nearest)


def _miss_key(found: tuple[Pool, Rejection]) -> tuple[object, ...]:
    pool, miss = found
    return (address_key(pool.group), pool.free, miss.wanted or '',
            miss.found or '')


def _proof(demands: Demands, pools: Sequence[Pool], masks: Sequence[int],
           branch: Refusal) -> Proof:
    """Count the devices that can serve any demand of a refused branch."""
    devices: dict[str, int] = {}
    for pool, mask in zip(pools, masks, strict=True):
        if mask & branch.mask and pool.free and not is_lost(
                pool, branch.pf_given, branch.vf_kept):
            for name, count in device_names(pool):
                devices[name] = devices.get(name, 0) + count
    requests = sorted(
        (share.name, share.count)
        for bit, demand in enumerate(demands) if branch.mask >> bit & 1
        for share in demand.shares)
    return Proof(
        requests=tuple(requests), needed=sum(count for _, count in requests),
        available=sum(devices.values()),
        devices=tuple(sorted(devices.items(),
                             key=lambda item: address_key(item[0]))),
        pf_given=tuple(sorted(branch.pf_given)),
        vf_kept=tuple(sorted(branch.vf_kept)))


def is_lost(pool: Pool, pf_given: Sequence[str],
            vf_kept: Sequence[str]) -> bool:
    """Whether the other side of the pool's group was given away."""
    if pool.group in vf_kept:
        return pool.is_pf
    return pool.group in pf_given and pool.kind.dev_type in CHILD_TYPES


def device_names(pool: Pool) -> list[tuple[str, int]]:
    """Name the free devices of a pool, or its group and their number."""
    if pool.addresses:
        return [(address, 1) for address in pool.addresses]
    return [(pool.group or 'unknown address', pool.free)]
