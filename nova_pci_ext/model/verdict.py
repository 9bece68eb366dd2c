# SPDX-License-Identifier: Apache-2.0

"""The answers: a rejection of a device, an assignment, a shortage.

A "no" is a value with content.  Nothing here formats text: ``explain`` does.
"""

import dataclasses
import enum

from nova_pci_ext.model.pool import Pool


class Reason(enum.StrEnum):
    """Why a device, or a host, is refused.

    The values are stable: logs, tests and operators' scripts may rely on
    them.  The order is the order of the rules: a device is refused for the
    first rule that it breaks, and a host for the reason of the device that
    came furthest.
    """

    NO_STATISTICS = 'no_statistics'
    HOST_ERROR = 'host_error'
    NO_CANDIDATES = 'no_candidates'
    BAD_REQUEST = 'bad_request'
    NO_DEVICES = 'no_devices'
    IDENTITY = 'identity'
    DEV_TYPE = 'dev_type'
    PHYSICAL_NETWORK = 'physical_network'
    NETWORK_FUNCTION = 'network_function'
    TAG = 'tag'
    LIVE_MIGRATABLE = 'live_migratable'
    PF_NOT_ASKED = 'pf_not_asked'
    VDPA_NOT_ASKED = 'vdpa_not_asked'
    REMOTE_MANAGED_NOT_ASKED = 'remote_managed_not_asked'
    NUMA_NODE = 'numa_node'
    PROVIDER = 'provider'
    SET_VALUE = 'set_value'
    BANDWIDTH_BUDGET = 'bandwidth_budget'
    PLACEMENT = 'placement'
    TOO_FEW = 'too_few'
    BANDWIDTH = 'bandwidth'
    JOINT = 'joint'
    PF_AND_VF = 'pf_and_vf'
    SET = 'set'
    SEARCH_LIMIT = 'search_limit'

    @property
    def not_now(self) -> bool:
        """Whether devices that come free can help.

        Everything else is "not possible on this host": no free device of it
        passes the static rules.
        """
        return self in _NOT_NOW


_NOT_NOW = frozenset({Reason.PLACEMENT, Reason.TOO_FEW, Reason.JOINT,
                      Reason.PF_AND_VF, Reason.SET, Reason.BANDWIDTH,
                      Reason.SEARCH_LIMIT})
ORDER = {reason: number for number, reason in enumerate(Reason)}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """The first rule that a kind of device breaks.

    :ivar wanted: what the request asks, None where nothing can be named
    :ivar found: what the device has, None where it has nothing
    """

    reason: Reason
    wanted: str | None = None
    found: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The devices of one pool that one rejection covers.

    :ivar group: address of the devices, or of their PF; None if unknown
    :ivar devices: how many free devices
    """

    group: str | None
    devices: int
    rejection: Rejection


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One request of a shortage, and what the host has for it.

    :ivar name: for people: the alias, or the port's id
    :ivar count: devices asked
    :ivar fitting: free devices that pass every rule
    :ivar counts: (reason, free devices refused for it), in rule order
    :ivar examples: at most three, the nearest misses first
    """

    name: str
    count: int
    fitting: int
    counts: tuple[tuple[Reason, int], ...] = ()
    examples: tuple[Rejected, ...] = ()


class Counted(enum.StrEnum):
    """What a proof counts."""

    DEVICES = 'devices'
    VALUES = 'values'
    PAIRS = 'pairs'
    SHARES = 'shares'
    MBPS = 'mbps'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Requests that need more devices than can serve any of them.

    With device sets also: more values of an attribute than there are, or more
    pairs than the values make, or more of the budgets of PFs than is left:
    devices for which there is room in them (``SHARES``), or Mbit/s.

    :ivar requests: (name, count) of each, sorted
    :ivar needed: sum of the counts
    :ivar available: free devices that can serve at least one of them; less
        than ``needed``
    :ivar devices: those devices, as (group or address, number), sorted
    :ivar pf_given: groups whose PF is given out in this branch; their VFs
        serve nobody
    :ivar vf_kept: groups whose VFs are kept in this branch; their PF serves
        nobody
    :ivar chosen: (device set, value) that hold in this branch, in the order
        in which they were chosen
    :ivar alike: for each of ``chosen`` the other values that would do the
        same, and so are refused in the same way
    :ivar lacking: the device set that lacks values, as it was written; None
        where devices lack
    :ivar counted: what ``needed``, ``available`` and ``devices`` count
    """

    requests: tuple[tuple[str, int], ...]
    needed: int
    available: int
    devices: tuple[tuple[str, int], ...]
    pf_given: tuple[str, ...] = ()
    vf_kept: tuple[str, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()
    alike: tuple[tuple[str, ...], ...] = ()
    lacking: str | None = None
    counted: Counted = Counted.DEVICES


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Devices of one pool for one request.

    :ivar request_id: Nova's id of the request, None where it has none
    :ivar name: the request, for people
    :ivar pool: the pool as it was before anything was taken
    :ivar position: place of the pool in the sequence that was searched
    :ivar bandwidth_mbps: what each device takes of the budget of its PF
    """

    request_id: str | None
    name: str
    pool: Pool
    count: int
    position: int = dataclasses.field(compare=False)
    bandwidth_mbps: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Which devices the requests would get.  Nothing is reserved.

    :ivar takes: sorted by request, then by preference
    :ivar steps: effort of the search, for tests
    """

    takes: tuple[Take, ...]
    steps: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """The host cannot serve the requests, and why.

    :ivar reason: what to count this host under
    :ivar needs: the requests of the first proof, sorted by name
    :ivar proofs: one for each way to give out PFs, and to choose the values
        of device sets, that was tried; one where no request competes for a PF
        and its VFs and no set is asked; empty where no devices were looked at
    :ivar steps: effort of the search, for tests
    """

    reason: Reason
    needs: tuple[Need, ...] = ()
    proofs: tuple[Proof, ...] = ()
    steps: int = dataclasses.field(default=0, compare=False)


Verdict = Assignment | Shortage
