# SPDX-License-Identifier: Apache-2.0

"""What is left on VFs that nobody has any more, and putting it right.

The caller sees to it that nobody gets one of the VFs meanwhile.
"""

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from nova_pci_ext.compute import privileged
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.compute.bounded import Permit
from nova_pci_ext.discovery.vf_states import Host
from nova_pci_ext.handing_out import leavings
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import Kind
from nova_pci_ext.model.leavings import Leaving
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import NO_MAC
from nova_pci_ext.model.leavings import VfState

# As the kernel numbers them.
_LINK_NUMBERS = tuple(LinkState)


class Changes(Protocol):
    """What changes devices; ``privileged`` is it."""

    def set_vf(self, index: int, number: int, told: dict[str, object],
               until: float) -> str | None:
        """Tell a card something of a VF."""

    def set_interface(self, index: int, told: dict[str, object],
                      until: float) -> str | None:
        """Change an interface."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found on one VF.

    :ivar done: what was left and is not there any more
    :ivar left: what is left now, with what the kernel said against a change
    :ivar resets: as of ``VfState``
    """

    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    resets: tuple[str, ...] | None = None


class Cleaner:
    """Looks at VFs of this host.

    :param host: what the kernel shows
    :param changes: what can be done about it
    :param daemon: which does it
    """

    def __init__(self, host: Host, changes: Changes = privileged,
                 daemon: privileged_daemon.Daemon | None = None) -> None:
        self._host = host
        self._changes = changes
        self._daemon = daemon or privileged_daemon.DAEMON

    def look(self, pf: str, vfs: Mapping[str, Before],
             permit: Permit) -> dict[str, Found]:
        """Look at VFs of one PF, and put right what the kernel allows.

        :param vfs: how each was when it was handed out, by address
        :returns: by address, without devices that are no Ethernet VFs
        """
        first = self._host.vfs(pf, vfs)
        found = {address: leavings.find(state, vfs[address])
                 for address, state in first.items()}
        if not any(found.values()):
            return {address: Found(resets=state.resets)
                    for address, state in first.items()}
        ours = {address: there for address, there in found.items()
                if _can_be_changed(there)}
        lacking = self._daemon.lacks_for(permit) if ours else None
        refusals = {address: self._put_right(
            first[address], vfs[address], there, permit)
            if lacking is None else {each.kind: lacking for each in there}
            for address, there in ours.items()}
        now = self._host.vfs(pf, first)
        return {address: _outcome(
            found[address],
            leavings.find(state, vfs[address], was_tried=(
                lacking is None and address in ours)),
            refusals.get(address, {}), state.resets)
            for address, state in now.items()}

    def _put_right(self, state: VfState, before: Before,
                   found: tuple[Leaving, ...],
                   permit: Permit) -> dict[Kind, str]:
        """Do what can be done for one VF.

        :returns: what the kernel said against it
        """
        refused = {}
        for kind in [each.kind for each in found]:
            with permit.change():
                said = (self._interface(state, before, permit.until)
                        if kind is Kind.INTERFACE
                        else self._tell(state, before, kind, permit.until))
            if said is not None:
                refused[kind] = said
        return refused

    def _tell(self, state: VfState, before: Before, kind: Kind,
              until: float) -> str | None:
        assert state.pf_index is not None
        clean = leavings.wanted(state, before)
        told: dict[Kind, dict[str, object]] = {
            Kind.MAC: {'mac': NO_MAC},
            Kind.VLAN: {'vlan': {'vlan': 0, 'qos': 0}},
            Kind.TRUST: {'trust': int(bool(clean.trust))},
            Kind.SPOOFCHK: {'spoofchk': int(bool(clean.spoofchk))},
            Kind.RATE: {'rate': {'min_tx_rate': clean.min_rate_mbps,
                                 'max_tx_rate': clean.max_rate_mbps}},
            Kind.LINK_STATE: {'link_state': _LINK_NUMBERS.index(
                clean.link_state or _LINK_NUMBERS[0])}}
        return self._changes.set_vf(
            state.pf_index, state.number, told[kind], until)

    def _interface(self, state: VfState, before: Before,
                   until: float) -> str | None:
        """Take an interface down, and give it the MAC that it had."""
        own = state.interface
        assert own is not None
        again = leavings.as_before(own, before)
        said = None
        if own.is_up and not again.is_up:
            said = self._changes.set_interface(
                own.index, {'state': 'down'}, until)
        if own.mac != again.mac:
            said = self._changes.set_interface(
                own.index, {'address': again.mac}, until) or said
        return said


def _can_be_changed(found: tuple[Leaving, ...]) -> bool:
    """Whether something is left on a VF that is ours to change.

    What somebody else has put on top of it shows that it has a user that
    Nova does not know; then nothing is changed.
    """
    kinds = {each.kind for each in found}
    return bool(kinds) and not kinds & {Kind.USED, Kind.UNREAD}


def _outcome(found: tuple[Leaving, ...], now: tuple[Leaving, ...],
             refused: Mapping[Kind, str],
             resets: tuple[str, ...] | None) -> Found:
    left = {each.kind for each in now}
    return Found(
        done=tuple(each.text for each in found if each.kind not in left),
        left=tuple(f'{each.text} (to put it right: {refused[each.kind]})'
                   if each.kind in refused else each.text for each in now),
        resets=resets)
