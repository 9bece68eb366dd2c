# SPDX-License-Identifier: Apache-2.0

"""How VFs and PFs of this host are now, in sysfs and by netlink.

As in ``health_files`` nothing here waits for the lock of a device: VFs are
counted as links, drivers are links.
"""

import os
import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import vf_views
from nova_pci_ext.discovery.kernel_files import Folder
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import Interface
from nova_pci_ext.model.leavings import VfState
from nova_pci_ext.model.leavings import VfView

_BUS = 'sys/bus/pci/devices'
_VF = re.compile('virtfn([0-9]+)')
_UPPER = 'upper_'
#: Class of an Ethernet controller.
_ETHERNET = '0x0200'
_IS_UP = 1

Views = Callable[[int], Mapping[int, VfView]]


class Host:
    """The PCI devices of a kernel.

    :param root: the folder that holds ``sys``
    :param views: asks the kernel for the VFs of an interface
    """

    def __init__(self, root: str = '/', views: Views = vf_views.read) -> None:
        self._root = Root(root)
        self._views = views

    def has(self, address: str, vendor_id: str) -> bool:
        """Whether this kernel has a device of the vendor there."""
        found = self._folder(address).text('vendor') or ''
        return found.removeprefix('0x') == vendor_id

    def vfs(self, pf: str, addresses: Collection[str],
            ) -> dict[str, VfState]:
        """Return the states of Ethernet VFs of a PF.

        :returns: without what is not such a VF, or not there any more
        """
        numbers = {address: number
                   for number, address in self._numbers(pf).items()}
        found = {address: numbers[address] for address in addresses
                 if address in numbers and self._is_ethernet(address)}
        if not found:
            return {}
        index, views, unread = self._told(pf)
        checks = {number for number, view in views.items() if view.spoofchk}
        return {address: VfState(
            number=number, pf_index=index, view=views.get(number),
            unread=unread or 'its card does not know it',
            checks_spoofing=bool(checks - {number}),
            interface=self.interface(address), resets=self._resets(address))
            for address, number in found.items()}

    def vf_count(self, pf: str) -> int:
        """Return how many VFs a PF has now."""
        return len(self._numbers(pf))

    def most_vfs(self, pf: str) -> int:
        """Return how many VFs a PF can have."""
        return self._folder(pf).number('sriov_totalvfs') or 0

    def driver(self, address: str) -> str | None:
        """Return what drives a device."""
        return self._folder(address).link('driver')

    def interface(self, address: str) -> Interface | None:
        """Return the interface of a device, the first of several."""
        for each in self._interfaces(address):
            return each
        return None

    def before(self, pf: str | None, address: str) -> Before:
        """Return what has to be known later of a device that is handed out.

        :param pf: of a VF
        """
        own = self.interface(address)
        if pf is None:
            return Before(vfs=self.vf_count(address),
                          is_up=own.is_up if own else None)
        state = self.vfs(pf, [address]).get(address)
        return Before(is_up=own.is_up if own else None,
                      mac=own.mac if own else None,
                      view=state.view if state else None)

    def _folder(self, address: str) -> Folder:
        return Folder(self._root, os.path.join(
            self._root.path, _BUS, address))

    def _is_ethernet(self, address: str) -> bool:
        return (self._folder(address).text('class') or '').startswith(
            _ETHERNET)

    def _numbers(self, pf: str) -> dict[int, str]:
        folder = self._folder(pf)
        found = {}
        for name in folder.names:
            match = _VF.fullmatch(name)
            address = folder.link(name) if match else None
            if match and address:
                found[int(match[1])] = address
        return found

    def _told(self, pf: str) -> tuple[int | None, Mapping[int, VfView],
                                      str | None]:
        """Return the PF's interface, what was told by it, or why nothing."""
        unread = 'its PF has no network interface of this host'
        # With a switch in the card there are interfaces of ports beside it.
        for each in self._interfaces(pf):
            try:
                views = self._views(each.index)
            except exceptions.DiscoveryError as error:
                unread = str(error)
                continue
            if views:
                return each.index, views, None
        return None, {}, unread

    def _interfaces(self, address: str) -> list[Interface]:
        path = os.path.join(self._root.path, _BUS, address, 'net')
        found = []
        for name in self._root.names(path):
            folder = Folder(self._root, os.path.join(path, name))
            index, flags = folder.number('ifindex'), folder.text('flags')
            if index is None or flags is None:
                # It went while it was read.
                continue
            found.append(Interface(
                name=name, index=index, is_up=bool(int(flags, 16) & _IS_UP),
                mac=(folder.text('address') or '').lower(),
                users=tuple(each.removeprefix(_UPPER) for each in folder.names
                            if each.startswith(_UPPER))))
        return found

    def _resets(self, address: str) -> tuple[str, ...] | None:
        folder = self._folder(address)
        if 'reset_method' in folder.names:
            return tuple((folder.text('reset_method') or '').split())
        # Kernels before 5.15 have a file where there is any way.
        return ('unnamed',) if 'reset' in folder.names else None
