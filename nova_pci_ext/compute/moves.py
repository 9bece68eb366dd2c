# SPDX-License-Identifier: Apache-2.0

"""Moves of a node's devices: planned on a snapshot, applied whole or not.

What is legal is decided in ``claims``; here a plan reaches Nova's objects and
the pools of free devices, which always follow the objects.
"""

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from nova import exception
from oslo_utils import excutils

from nova_pci_ext import claims
from nova_pci_ext import exceptions
from nova_pci_ext import stats
from nova_pci_ext.compute import devices
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import Conflict
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import Move

#: What Nova's callers expect to catch.
_NOVA_ERRORS = {
    Conflict.STATE: exception.PciDeviceInvalidStatus,
    Conflict.OWNER: exception.PciDeviceInvalidOwner,
    Conflict.PARENT: exception.PciDevicePFInvalidStatus,
    Conflict.CHILD: exception.PciDeviceVFInvalidStatus,
}


@contextlib.contextmanager
def _nova_errors() -> Iterator[None]:
    """Turn an illegal move into the exception that Nova has for it."""
    try:
        yield
    except exceptions.ClaimError as error:
        nova_error = _NOVA_ERRORS[Conflict(error.conflict)]
        raise nova_error(message=str(error)) from error


class Moves:
    """Changes the state of devices, with their families and the pools.

    Not thread-safe: the tracker holds its lock.

    :ivar index: the devices, each Nova's object
    :ivar stats: pools of the available ones
    """

    def __init__(self, index: devices.DeviceIndex,
                 pools: stats.PciDeviceStats) -> None:
        self.index = index
        self.stats = pools

    def run(self, steps: list[tuple[Move, str]], *,
            owner: str | None = None, instance: Any = None,
            request_ids: Mapping[str, str | None] | None = None) -> None:
        """Plan moves on a snapshot, and apply them if all are legal."""
        before = self.snapshot(
            self.index[address] for _, address in steps)
        with _nova_errors():
            after = claims.plan(
                steps, before, owner=owner, request_ids=request_ids)
        self._apply(before, after, instance)

    def settle(self, touched: Iterable[devices.PciDevice]) -> None:
        """Put right what follows from the owners of the families."""
        before = self.snapshot(touched)
        self._apply(before, claims.settle(before, before))
        self.pool(before)

    def snapshot(self, touched: Iterable[devices.PciDevice],
                 ) -> dict[str, DeviceClaim]:
        """The records of some devices and of all their relatives."""
        return {dev.address: devices.claim_of(dev)
                for dev in self.index.families(touched)}

    def _apply(self, before: Mapping[str, DeviceClaim],
               after: Mapping[str, DeviceClaim],
               instance: Any = None) -> None:
        """Make the devices what the plan says, or leave them as they were.

        :param instance: the owner, where devices become allocated
        """
        listed = devices.of_instance(instance)
        known = len(listed)
        try:
            for address, claim in after.items():
                devices.become(self.index[address], claim, instance)
            self.pool(after)
        except Exception:
            with excutils.save_and_reraise_exception():
                del listed[known:]
                for address in after:
                    devices.put_back(self.index[address], before[address])
                self.pool(after)

    def pool(self, addresses: Iterable[str]) -> None:
        """Have in the pools what is available, and nothing else."""
        for address in addresses:
            dev = self.index[address]
            if dev.status != ClaimState.AVAILABLE:
                if self.stats.holds(dev):
                    self.stats.remove_device(dev)
            elif not self.stats.holds(dev):
                self.stats.add_device(dev)
