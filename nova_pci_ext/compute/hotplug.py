# SPDX-License-Identifier: Apache-2.0

"""The way from the virt driver to the PCI tracker.

Nova's ResourceTracker has the driver's report every minute, but hands its
devices to the tracker only when it makes one, and its guests never.  So the
driver's mixin leaves each report here, and the tracker takes it up when Nova
calls it in the same periodic task, under Nova's lock and before the state is
published and saved.
"""

import threading
from collections.abc import Iterable


class Reports:
    """The newest report of each node.

    The driver writes without Nova's lock, so a report that is never taken
    (the node is disabled) may be replaced by a newer one at any time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._devices: dict[str, str] = {}
        self._guests: dict[str, frozenset[str]] = {}
        self._local: set[str] = set()

    def publish(self, node: str, devices_json: str,
                guests: Iterable[str] = (), *,
                is_local: bool = False) -> None:
        """Leave what the driver reports of a node.

        :param node: the node's hypervisor hostname
        :param devices_json: ``pci_passthrough_devices`` of the report
        :param guests: UUIDs of the instances whose guests run
        :param is_local: whether the devices are those of this kernel
        """
        with self._lock:
            (self._local.add if is_local else self._local.discard)(node)
            self._devices[node] = devices_json
            self._guests[node] = frozenset(guests)

    def take(self, node: str | None) -> str | None:
        """Take the newest devices of a node away; None if there are none."""
        with self._lock:
            return None if node is None else self._devices.pop(node, None)

    def are_local(self, node: str | None) -> bool:
        """Whether the reported devices of a node are this kernel's."""
        with self._lock:
            return node in self._local

    def guests(self, node: str | None) -> frozenset[str]:
        """Return the guests of the newest report, taken or not."""
        with self._lock:
            return self._guests.get(node or '', frozenset())


#: One for the process: driver and tracker have no other way to each other.
REPORTS = Reports()
