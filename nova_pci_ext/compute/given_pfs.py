# SPDX-License-Identifier: Apache-2.0

"""PFs that a server had: the kernel takes their VFs away for that.

Nobody makes them again, unless an operator wants it.
"""

from typing import Protocol

from nova_pci_ext.compute import privileged
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.compute.bounded import Permit
from nova_pci_ext.discovery.vf_states import Host
from nova_pci_ext.model.leavings import Before


class Changes(Protocol):
    """What changes PFs; ``privileged`` is it."""

    def set_vf_count(self, pf: str, number: int,
                     until: float) -> str | None:
        """Let the kernel make VFs."""

    def set_interface(self, index: int, told: dict[str, object],
                      until: float) -> str | None:
        """Change an interface."""


class Restorer:
    """Makes VFs again.

    :param host: what the kernel shows
    :param changes: what can be done about it
    :param daemon: which does it
    """

    def __init__(self, host: Host, changes: Changes = privileged,
                 daemon: privileged_daemon.Daemon | None = None) -> None:
        self._host = host
        self._changes = changes
        self._daemon = daemon or privileged_daemon.DAEMON

    def lacks(self, pf: str, before: Before) -> bool:
        """Whether a PF had VFs when it was handed out, and has none now."""
        return bool(before.vfs) and self._host.vf_count(pf) == 0

    def restore(self, pf: str, before: Before, permit: Permit) -> str | None:
        """Make as many VFs as there were.

        Some drivers make none while the interface is down, so that is as it
        was first.  Whether drivers take the VFs up
        (``sriov_drivers_autoprobe``) the kernel has remembered.

        :returns: why it was not done, None if it was
        """
        wanted = before.vfs or 0
        obstacle = (self._obstacle(pf, wanted)
                    or self._daemon.lacks_for(permit))
        if obstacle is not None:
            return obstacle
        own = self._host.interface(pf)
        said = None
        if own is not None and before.is_up and not own.is_up:
            with permit.change():
                said = self._changes.set_interface(
                    own.index, {'state': 'up'}, permit.until)
        if said is None:
            with permit.change():
                said = self._changes.set_vf_count(pf, wanted, permit.until)
        if said is None and self._host.vf_count(pf) != wanted:
            said = f'the kernel has made {self._host.vf_count(pf)}'
        return said

    def _obstacle(self, pf: str, wanted: int) -> str | None:
        """Return why nothing may be changed, None if it may."""
        driver = self._host.driver(pf)
        if driver is None or driver.startswith('vfio'):
            return f'its driver is {driver or "none"}'
        if self._host.most_vfs(pf) < wanted:
            return f'it can have {self._host.most_vfs(pf)}'
        own = self._host.interface(pf)
        if own is not None and own.users:
            return (f'its interface {own.name} is in use by '
                    f'{", ".join(own.users)}')
        return None
