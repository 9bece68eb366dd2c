# SPDX-License-Identifier: Apache-2.0

"""What an operator may say in a port's profile about its link.

The mechanism driver says the same in ``vif_details``.  What the operator
wrote for this one port goes before it.
"""

from collections.abc import Mapping

from nova_pci_ext.model.binding import BoundPort
from nova_pci_ext.model.binding import VifType
from nova_pci_ext.model.binding import VnicType

_QBG = frozenset({'managerid', 'typeid', 'typeidversion', 'instanceid'})
_MODE = frozenset({'macvtap_mode'})
_PROFILE = frozenset({'profileid'})

# Any other port has none.  libvirt sets up 802.1Qbg in the mode vepa alone.
_OF_KIND: Mapping[tuple[str | None, str], frozenset[str]] = {
    (VifType.HW_VEB, VnicType.MACVTAP): _MODE,
    (VifType.MACVTAP, VnicType.NORMAL): _MODE,
    (VifType.QBG, VnicType.NORMAL): _QBG,
    (VifType.QBG, VnicType.MACVTAP): _QBG,
    (VifType.QBH, VnicType.DIRECT): _PROFILE,
    (VifType.QBH, VnicType.MACVTAP): _PROFILE | _MODE,
}
LINK_KEYS = frozenset[str]().union(*_OF_KIND.values())


def link_of(port: BoundPort) -> dict[str, object]:
    """Return what a port's profile says about its link."""
    return {key: port.profile[key] for key in sorted(LINK_KEYS)
            if port.profile.get(key) is not None}


def unused(port: BoundPort) -> list[str]:
    """Return the keys of a port's link that its kind does not have."""
    return sorted(set(link_of(port)) - _OF_KIND.get(
        (port.vif_type, port.vnic_type), frozenset()))


def completed_details(port: BoundPort) -> dict[str, object]:
    """Return ``vif_details`` with what the operator said in their place."""
    return {**port.vif_details, **link_of(port)}
