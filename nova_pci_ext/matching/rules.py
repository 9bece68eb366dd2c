# SPDX-License-Identifier: Apache-2.0

"""The rules a device must pass to serve a request, and their order.

A rule returns the rejection, None means that the device passes.  Rules look
at the class of a device only, so one answer holds for every pool of that
class on every host.  Which provider Placement chose is checked where pools
are counted (``tally``), and whether enough devices are free by ``search``.
"""

import dataclasses
from collections.abc import Callable

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.truth import is_true
from nova_pci_ext.model.verdict import ORDER
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection

PHYSICAL_NETWORK = 'physical_network'
LIVE_MIGRATABLE = 'live_migratable'
REMOTE_MANAGED = 'remote_managed'
#: Asked of a port's device where Placement chose the PF.
PARENT_NAME = 'parent_ifname'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What decides whether a class of device is eligible.

    Requests that differ in count, id or name only share one Want.

    :ivar alternatives: in order of preference, without duplicates
    :ivar cells: None for a guest without NUMA topology
    :ivar bandwidth_mbps: what each device takes of the budget of its PF;
        no class tells what is left of that, so no rule looks at it
    """

    alternatives: tuple[Alternative, ...]
    numa_policy: NumaPolicy
    cells: GuestCells | None
    bandwidth_mbps: int = 0


AlternativeRule = Callable[[Alternative, PoolClass], Rejection | None]
WantRule = Callable[[Want, PoolClass], Rejection | None]


def identity_rule(asked: Alternative, kind: PoolClass) -> Rejection | None:
    """Vendor and product are the asked ones."""
    if (asked.vendor_id in (None, kind.vendor_id)
            and asked.product_id in (None, kind.product_id)):
        return None
    return Rejection(
        reason=Reason.IDENTITY,
        wanted=f'{asked.vendor_id or "*"}:{asked.product_id or "*"}',
        found=f'{kind.vendor_id}:{kind.product_id}')


def dev_type_rule(asked: Alternative, kind: PoolClass) -> Rejection | None:
    """The device is of the asked type, where one is asked."""
    if asked.dev_type in (None, kind.dev_type):
        return None
    return Rejection(reason=Reason.DEV_TYPE, wanted=asked.dev_type,
                     found=kind.dev_type)


def _tag_rejection(asked: Alternative, kind: PoolClass, key: str,
                   reason: Reason) -> Rejection | None:
    for name, wanted in asked.tags:
        if name == key and kind.tag(key) != wanted:
            return Rejection(reason=reason, wanted=wanted,
                             found=kind.tag(key))
    return None


def physical_network_rule(asked: Alternative,
                          kind: PoolClass) -> Rejection | None:
    """The device is on the port's physical network."""
    return _tag_rejection(asked, kind, PHYSICAL_NETWORK,
                          Reason.PHYSICAL_NETWORK)


def network_function_rule(asked: Alternative,
                          kind: PoolClass) -> Rejection | None:
    """A port gets an SR-IOV network function.

    Nova asks for no type where any VF will do, and for no physical network
    where the port's network is a tunnel: a GPU's VF has neither, and would
    do.  Only ports ask for both keys, so an alias is not concerned.
    """
    if (not is_of_port(asked)
            or (kind.is_network and kind.dev_type is not DeviceType.PCI)):
        return None
    return Rejection(reason=Reason.NETWORK_FUNCTION, found=kind.dev_type)


def is_of_port(asked: Alternative) -> bool:
    """Whether a port asks, by the keys that only ports ask for together."""
    return {key for key, _ in asked.tags} >= {PHYSICAL_NETWORK,
                                              REMOTE_MANAGED}


def tag_rule(asked: Alternative, kind: PoolClass) -> Rejection | None:
    """Every other asked tag has the asked value."""
    for key, wanted in asked.tags:
        if key in (PHYSICAL_NETWORK, LIVE_MIGRATABLE):
            continue
        found = kind.tag(key)
        if found != wanted:
            return Rejection(
                reason=Reason.TAG, wanted=f'{key}={wanted}',
                found=None if found is None else f'{key}={found}')
    return None


def live_migratable_rule(asked: Alternative,
                         kind: PoolClass) -> Rejection | None:
    """A device is, or is not, live migratable as asked.

    A device that does not say serves neither request, as in Nova.
    """
    return _tag_rejection(asked, kind, LIVE_MIGRATABLE,
                          Reason.LIVE_MIGRATABLE)


def pf_rule(want: Want, kind: PoolClass) -> Rejection | None:
    """A PF serves only whoever asks for one: it takes its VFs along."""
    return _type_if_asked(want, kind, DeviceType.PF, Reason.PF_NOT_ASKED)


def vdpa_rule(want: Want, kind: PoolClass) -> Rejection | None:
    """A vDPA device serves only whoever asks: guests need another driver."""
    return _type_if_asked(want, kind, DeviceType.VDPA, Reason.VDPA_NOT_ASKED)


def _type_if_asked(want: Want, kind: PoolClass, dev_type: DeviceType,
                   reason: Reason) -> Rejection | None:
    if kind.dev_type is not dev_type or any(
            asked.dev_type is dev_type for asked in want.alternatives):
        return None
    return Rejection(reason=reason, found=dev_type)


def remote_managed_rule(want: Want, kind: PoolClass) -> Rejection | None:
    """A device that a DPU manages serves only whoever asks for one."""
    if not is_true(kind.tag(REMOTE_MANAGED)) or any(
            is_true(asked.tag(REMOTE_MANAGED))
            for asked in want.alternatives):
        return None
    return Rejection(reason=Reason.REMOTE_MANAGED_NOT_ASKED,
                     found=f'{REMOTE_MANAGED}=true')


def numa_rule(want: Want, kind: PoolClass) -> Rejection | None:
    """The device is as near to the guest as the policy demands."""
    if numa_distance(want, kind) is not None:
        return None
    assert want.cells is not None
    nodes = (want.cells.socket_nodes | want.cells.nodes
             if want.numa_policy is NumaPolicy.SOCKET else want.cells.nodes)
    return Rejection(
        reason=Reason.NUMA_NODE,
        wanted=f'{want.numa_policy} {",".join(map(str, sorted(nodes)))}',
        found=None if kind.numa_node is None else str(kind.numa_node))


def numa_distance(want: Want, kind: PoolClass) -> int | None:
    """Return how far a device is from the guest: 0, 1, 2, 3; None: too far.

    0 on a node of the guest, or no NUMA topology; 1 on a socket of the
    guest; 2 on a node that the host does not tell; 3 elsewhere.
    """
    cells = want.cells
    if cells is None or kind.numa_node in cells.nodes:
        return 0
    if want.numa_policy is NumaPolicy.REQUIRED:
        return None
    if want.numa_policy is NumaPolicy.SOCKET:
        return 1 if kind.numa_node in cells.socket_nodes else None
    if kind.numa_node is None:
        return 2
    if want.numa_policy is NumaPolicy.LEGACY:
        return None
    return 1 if kind.numa_node in cells.socket_nodes else 3


# The order is the order of explanations: what a device is comes before where
# it is plugged in, so "wrong kind" is never reported as "wrong place".
ALTERNATIVE_RULES: tuple[AlternativeRule, ...] = (
    identity_rule, dev_type_rule, physical_network_rule,
    network_function_rule, tag_rule, live_migratable_rule)
WANT_RULES: tuple[WantRule, ...] = (
    pf_rule, vdpa_rule, remote_managed_rule, numa_rule)


def rejection(want: Want, kind: PoolClass) -> Rejection | None:
    """Return the first rule that a class breaks, None when it is eligible.

    Of several alternatives the one that came furthest gives the reason.
    """
    misses: list[Rejection] = []
    for asked in want.alternatives:
        miss = _first(asked, kind)
        if miss is None:
            break
        misses.append(miss)
    else:
        if not misses:
            return Rejection(reason=Reason.BAD_REQUEST)
        return max(misses, key=_furthest)
    for rule in WANT_RULES:
        found = rule(want, kind)
        if found is not None:
            return found
    return None


def rank(want: Want, kind: PoolClass) -> int:
    """Return the number of the first alternative that a class serves.

    A class that serves none comes last.
    """
    if len(want.alternatives) == 1:
        return 0
    return next((number for number, asked in enumerate(want.alternatives)
                 if _first(asked, kind) is None), len(want.alternatives))


def _first(asked: Alternative, kind: PoolClass) -> Rejection | None:
    for rule in ALTERNATIVE_RULES:
        found = rule(asked, kind)
        if found is not None:
            return found
    return None


def _furthest(miss: Rejection) -> tuple[int, str, str]:
    return ORDER[miss.reason], miss.wanted or '', miss.found or ''
