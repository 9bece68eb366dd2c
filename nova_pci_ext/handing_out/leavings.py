# SPDX-License-Identifier: Apache-2.0

"""What a server has left on a VF: the one rule of what is clean.

MAC and VLAN are of a port, so a VF that nobody has knows none.  All else may
have been set by an operator for good, and has to be what it was when the VF
was handed out; what is not known of that time has to be as drivers come.
"""

import dataclasses
from collections.abc import Iterator

from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import Interface
from nova_pci_ext.model.leavings import Kind
from nova_pci_ext.model.leavings import Leaving
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import NO_MAC
from nova_pci_ext.model.leavings import VfState
from nova_pci_ext.model.leavings import VfView


def wanted(state: VfState, before: Before) -> VfView:
    """Return what the card should have been told of a VF that is clean.

    What its driver does not know stays None.
    """
    view = state.view or VfView()
    known = before.view or VfView(
        spoofchk=state.checks_spoofing, trust=False,
        link_state=LinkState.AUTO)
    return VfView(
        trust=None if view.trust is None else bool(known.trust),
        spoofchk=view.spoofchk if known.spoofchk is None
        or view.spoofchk is None else known.spoofchk,
        min_rate_mbps=known.min_rate_mbps, max_rate_mbps=known.max_rate_mbps,
        link_state=view.link_state and (known.link_state or LinkState.AUTO))


def find(state: VfState, before: Before, *,
         was_tried: bool = False) -> tuple[Leaving, ...]:
    """Return what is left on a VF, in the order of ``Kind``.

    :param was_tried: whether what can be put right was; a MAC that is still
        there is then the choice of the VF's own driver, if its interface has
        the same
    """
    found = dict(_told(state, before))
    found.update(_interface(state, before))
    if (was_tried and state.view is not None and state.interface is not None
            and state.view.mac == state.interface.mac):
        found.pop(Kind.MAC, None)
    return tuple(Leaving(kind=kind, text=found[kind])
                 for kind in Kind if kind in found)


def _told(state: VfState, before: Before) -> Iterator[tuple[Kind, str]]:
    view = state.view
    if view is None:
        yield Kind.UNREAD, (
            f'its card cannot be asked: {state.unread or "no answer"}')
        return
    clean = wanted(state, before)
    if view.mac != NO_MAC:
        yield Kind.MAC, f'administrative MAC {view.mac}'
    if view.vlan or view.qos:
        yield Kind.VLAN, f'VLAN {view.vlan}' + (
            f' of priority {view.qos}' if view.qos else '')
    if view.trust is not clean.trust:
        yield Kind.TRUST, f'trust {_switch(view.trust)}'
    if view.spoofchk is not clean.spoofchk:
        yield Kind.SPOOFCHK, f'spoof checking {_switch(view.spoofchk)}'
    if ((view.min_rate_mbps, view.max_rate_mbps)
            != (clean.min_rate_mbps, clean.max_rate_mbps)):
        yield Kind.RATE, (f'rate limits {view.min_rate_mbps} to '
                          f'{view.max_rate_mbps} Mb/s')
    if view.link_state is not clean.link_state:
        yield Kind.LINK_STATE, f'link state {view.link_state}'


def _switch(value: bool | None) -> str:
    return 'on' if value else 'off'


def _interface(state: VfState, before: Before) -> Iterator[tuple[Kind, str]]:
    own = state.interface
    if own is None:
        return
    if own.users:
        yield Kind.USED, (f'interface {own.name} in use by '
                          f'{", ".join(own.users)}')
    told = state.view.mac if state.view else NO_MAC
    if own.is_up and before.is_up is False:
        yield Kind.INTERFACE, f'interface {own.name} up, with MAC {own.mac}'
    elif before.mac not in (None, own.mac) and own.mac == told:
        yield Kind.INTERFACE, f'interface {own.name} with MAC {own.mac}'


def as_before(own: Interface, before: Before) -> Interface:
    """Return what the interface of a VF should be again."""
    return dataclasses.replace(
        own, is_up=bool(before.is_up) and own.is_up,
        mac=before.mac or own.mac)
