# SPDX-License-Identifier: Apache-2.0

"""VFs below macvtap devices in the modes bridge, vepa and private.

A card is told the MAC of the port, as for every VF: its switch and Neutron's
agent go by that.  Drivers of VFs such as igbvf take it for their own interface
whenever they reset the VF, though, and the kernel does not start a macvtap
device whose MAC the interface below it has ("Address already in use"); once
the device is started, the MAC below no longer matters.  So the card is told
when the guest has its devices.
"""

import secrets
import threading
from collections.abc import Sequence

from nova.pci import utils as pci_utils
from nova.privsep import linux_net

from nova_pci_ext.model import binding

# A card forgets the MAC that it was told.
_NO_MAC = '00:00:00:00:00:00'


class SharedVfs:
    """The VFs whose cards have to be told yet, by instance."""

    def __init__(self) -> None:
        self._untold: dict[str, tuple[binding.HwVeb, ...]] = {}
        self._lock = threading.Lock()

    def prepare(self, instance: str, bound: binding.HwVeb) -> None:
        """Let a macvtap device with the MAC of a port start on its VF.

        :param instance: UUID
        """
        address = str(bound.address)
        name = pci_utils.get_ifname_by_pci_address(address)
        _tell(bound, _NO_MAC)
        if pci_utils.get_mac_by_pci_address(address) == bound.mac:
            # From a start before; a card that was told one lets none be set.
            linux_net.set_device_macaddr(name, _any_mac())
        linux_net.set_device_enabled(name)
        with self._lock:
            self._untold[instance] = (*self._untold.get(instance, ()),
                                      bound)

    def complete(self, instance: str) -> None:
        """Tell the cards of an instance whose guest has its devices."""
        for bound in self._take(instance):
            _tell(bound, bound.mac)

    def forget(self, instance: str) -> None:
        """Tell nobody: there will be no guest."""
        self._take(instance)

    def _take(self, instance: str) -> Sequence[binding.HwVeb]:
        with self._lock:
            return self._untold.pop(instance, ())


def _any_mac() -> str:
    """Return a MAC that is administered locally and nobody else has."""
    return '02:' + secrets.token_bytes(5).hex(':')


def _tell(bound: binding.HwVeb, mac: str) -> None:
    """Tell a card the MAC and the VLAN of a VF."""
    address = str(bound.address)
    linux_net.set_device_macaddr_and_vlan(
        pci_utils.get_ifname_by_pci_address(address, pf_interface=True),
        pci_utils.get_vf_num_by_pci_address(address), mac, bound.vlan)
