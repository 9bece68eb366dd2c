# SPDX-License-Identifier: Apache-2.0

"""What a card has been told of its VFs, by netlink; for that no user needs
any privilege.
"""

import typing
from collections.abc import Mapping

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from nova_pci_ext import exceptions
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import NO_MAC
from nova_pci_ext.model.leavings import VfView

# RTEXT_FILTER_VF, and RTEXT_FILTER_SKIP_STATS: with the counters of 256 VFs
# the list is longer than an attribute can be.
_VFS_WITHOUT_COUNTERS = 1 | 8
# What a driver does not know.
_UNKNOWN = 0xffffffff
_LINK_STATES = (LinkState.AUTO, LinkState.ENABLE, LinkState.DISABLE)


class Attributes(typing.Protocol):
    """What is used of an attribute, or of a message, of pyroute2."""

    def get_attr(self, name: str) -> object:
        """Return the value of an attribute, None where there is none."""

    def get_attrs(self, name: str) -> list[object]:
        """Return the values of all attributes of a name."""


def read(index: int) -> dict[int, VfView]:
    """Ask the kernel for the VFs of an interface, by their numbers.

    :param index: the kernel's number of the PF's interface
    :returns: none for an interface without VFs
    :raises DiscoveryError: if there is no answer
    """
    try:
        with IPRoute() as route:
            found: dict[int, VfView] = {}
            for message in route.link('get', index=index,
                                      ext_mask=_VFS_WITHOUT_COUNTERS):
                found.update(parse(message))
            return found
    except (NetlinkError, OSError) as exc:
        raise exceptions.DiscoveryError(
            f'interface {index}', str(exc.args[-1])) from exc


def parse(message: Attributes) -> dict[int, VfView]:
    """Read one answer of the kernel about an interface."""
    listed = message.get_attr('IFLA_VFINFO_LIST')
    if listed is None:
        return {}
    found: dict[int, VfView] = {}
    for each in typing.cast(Attributes, listed).get_attrs('IFLA_VF_INFO'):
        told = typing.cast(Attributes, each)
        mac = _fields(told, 'IFLA_VF_MAC')
        if 'vf' not in mac:
            continue
        vlan, rate = (_fields(told, f'IFLA_VF_{name}')
                      for name in ('VLAN', 'RATE'))
        found[int(mac['vf'])] = VfView(
            mac=str(mac.get('mac', NO_MAC)).lower(),
            vlan=int(vlan.get('vlan', 0)), qos=int(vlan.get('qos', 0)),
            trust=_switch(told, 'trust'),
            spoofchk=_switch(told, 'spoofchk'),
            min_rate_mbps=int(rate.get('min_tx_rate', 0)),
            max_rate_mbps=int(rate.get('max_tx_rate', 0)),
            link_state=_link_state(told))
    return found


def _fields(told: Attributes, name: str) -> Mapping[str, int | str]:
    found = told.get_attr(name)
    return typing.cast(Mapping[str, int | str], found or {})


def _switch(told: Attributes, name: str) -> bool | None:
    value = _fields(told, f'IFLA_VF_{name.upper()}').get(name, _UNKNOWN)
    return None if value == _UNKNOWN else bool(value)


def _link_state(told: Attributes) -> LinkState | None:
    value = _fields(told, 'IFLA_VF_LINK_STATE').get('link_state', _UNKNOWN)
    return (_LINK_STATES[int(value)]
            if int(value) < len(_LINK_STATES) else None)
