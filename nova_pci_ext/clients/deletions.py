# SPDX-License-Identifier: Apache-2.0

"""Servers that are deleted together with the ports made for them."""

import time
from collections.abc import Callable

from nova_pci_ext.clients import ports
from nova_pci_ext.clients.ports import Neutron

GONE_TIMEOUT_S = 120


class Deletions:
    """The servers of one command.

    :param is_gone: whether Nova has no server of this id any more
    """

    def __init__(self, neutron: Neutron,
                 is_gone: Callable[[str], bool]) -> None:
        self._neutron, self._is_gone = neutron, is_gone
        self._made: dict[str, dict[str, str]] = {}

    def delete(self, server: str, delete: Callable[[], object]) -> None:
        """Delete a server and remember its ports.

        A port no longer names its server when that is gone. Those of a server
        that Nova does not delete are left alone.
        """
        made = self._read(server)
        delete()
        if made:
            self._made[server] = made

    def finish(self, timeout_s: float = GONE_TIMEOUT_S) -> None:
        """Delete the ports, those of each server when it is gone.

        Nova still reads and unbinds them until then.
        """
        end = time.monotonic() + timeout_s
        reason = 'server {!r} may not be gone'
        late = f'server {{!r}} is not gone after {timeout_s:.0f} s'
        try:
            self._take_back()
            while self._made:
                if time.monotonic() >= end:
                    reason = late
                    break
                time.sleep(1)
                self._take_back()
        finally:
            for server, made in self._made.items():
                ports.left(made, reason.format(server),
                           f'when it is: {ports.delete_command(made)}')
            self._made.clear()

    def _take_back(self) -> None:
        for server in list(self._made):
            if self._is_gone(server):
                ports.take_back(self._neutron, self._made.pop(server), server)

    def _read(self, server: str) -> dict[str, str]:
        """Return the ports that were made for a server, with their marks."""
        made, mark = {}, ports.mark_of(server)
        for port in self._neutron.find_ports(device_id=server):
            if port.description == mark:
                made[port.id] = mark
            elif ports.is_mark(port.description):
                ports.left([port.id], 'its description is '
                           f'{port.description!r}, not {mark!r}')
        return made
