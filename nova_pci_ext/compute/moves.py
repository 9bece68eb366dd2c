# SPDX-License-Identifier: Apache-2.0

"""Moves of a node's devices: planned on a snapshot, applied whole or not.

What is legal is decided in ``claims``; here a plan reaches Nova's objects and
the pools of free devices, which always follow the objects.
"""

import contextlib
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova import exception
from oslo_utils import excutils

from nova_pci_ext import claims
from nova_pci_ext import exceptions
from nova_pci_ext import stats
from nova_pci_ext.compute import budgets
from nova_pci_ext.compute import devices
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import Conflict
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.stats.device_pools import Chosen

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
    :ivar withheld: addresses of devices that are not offered although nobody
        has them: what they are is not certain
    :ivar drained: the devices that an operator took out of service
    :ivar budgets: the bandwidth of PFs, which follows the owners
    :ivar held: those that may be an owner's who has them at another address
    """

    def __init__(self, index: devices.DeviceIndex,
                 pools: stats.PciDeviceStats) -> None:
        self.index = index
        self.stats = pools
        self.withheld: set[str] = set()
        self.drained: Mapping[str, Drain] = {}
        self.budgets = budgets.Budgets()
        self.held: Mapping[str, str] = {}

    def run(self, steps: list[tuple[Move, str]], *,
            owner: str | None = None, instance: devices.Owner | None = None,
            chosen: Iterable[Chosen] = ()) -> None:
        """Plan moves on a snapshot, and apply them if all are legal.

        :param instance: the owner, where devices become allocated
        :param chosen: the devices that are claimed
        """
        claimed = {each.dev.address: each for each in chosen}
        before = self.snapshot(address for _, address in steps)
        with _nova_errors():
            after = claims.plan(
                steps, before, owner=owner,
                request_ids={address: each.request_id
                             for address, each in claimed.items()},
                bandwidths={address: each.bandwidth_mbps
                            for address, each in claimed.items()})
        self._apply(before, after, instance)

    def claim(self, chosen: Collection[Chosen],
              owner: str) -> list[devices.PciDevice]:
        """Give an instance devices that were chosen for it.

        :param chosen: free devices
        :returns: the devices
        :raises NovaException: when one cannot be claimed; then nothing has
            changed
        """
        with _nova_errors():
            for each in chosen:
                self._check_service(each.dev)
        self.run([(Move.CLAIM, each.dev.address) for each in chosen],
                 owner=owner, chosen=chosen)
        return [each.dev for each in chosen]

    def start_anew(self) -> None:
        """Link the devices again; nothing is in the pools."""
        known = list(self.index)
        self.stats.take_out(known)
        self.stats.forget(dev.address for dev in known)
        self.index = devices.DeviceIndex(self.index.listed)

    def settle(self, touched: Iterable[devices.PciDevice]) -> None:
        """Put right what follows from the owners of the families."""
        around = {dev._obj_address: dev for dev in touched}
        before = self.snapshot(around)
        after = claims.settle(around, before)
        self._apply(before, after)
        self.pool({**around, **after})

    def snapshot(self, touched: Iterable[str]) -> dict[str, DeviceClaim]:
        """The records of some devices and of their whole families."""
        return self.index.whole_families(touched)

    def _apply(self, before: Mapping[str, DeviceClaim],
               after: Mapping[str, DeviceClaim],
               instance: devices.Owner | None = None) -> None:
        """Make the devices what the plan says, or leave them as they were."""
        listed = devices.of_instance(instance)
        known = len(listed)
        try:
            relatives: set[str] = set()
            for address, claim in after.items():
                devices.become(self.index[address], claim)
                if claim.state is ClaimState.CLAIMED:
                    relatives.update(claim.relatives)
            # Nova's claim changes relatives, by the links it knows.
            for address in relatives:
                devices.put_back(self.index[address], after.get(
                    address, before[address]))
            if instance is not None:
                devices.hand_to(listed, (
                    self.index[address] for address, claim in after.items()
                    if claim.state is ClaimState.ALLOCATED))
            self.pool(after)
        except Exception:
            with excutils.save_and_reraise_exception():
                del listed[known:]
                for address, claim in before.items():
                    devices.put_back(self.index[address], claim)
                self.pool(before)

    def is_certain(self, address: str) -> bool:
        """Whether the device at an address is surely that of its row."""
        return address not in self.withheld and address not in self.held

    def is_offered(self, dev: devices.PciDevice) -> bool:
        """Whether a device may be handed out now."""
        return (dev._obj_status == ClaimState.AVAILABLE
                and self.is_certain(dev._obj_address)
                and dev._obj_address not in self.drained)

    def _check_service(self, dev: devices.PciDevice) -> None:
        """Refuse a claim of a drained device, whoever chose it.

        :raises ClaimError: with the reason
        """
        drain = self.drained.get(dev.address)
        if drain is not None:
            raise exceptions.ClaimError(
                dev.address, Move.CLAIM, dev.status, dev.instance_uuid,
                f'it is drained: {drain.reason}', conflict=Conflict.STATE)

    def pool(self, addresses: Iterable[str]) -> None:
        """Have in the pools what is offered, and nothing else."""
        addresses = list(addresses)
        hidden = []
        for address in addresses:
            dev = self.index[address]
            if not self.is_offered(dev):
                hidden.append(dev)
            else:
                self.stats.give_back(dev, address)
        self.stats.take_out(hidden)
        self.budgets.publish(self.index, self.stats, addresses)
