# SPDX-License-Identifier: Apache-2.0

"""Devices of one compute that are drained while services are killed."""

from collections.abc import Iterator
from collections.abc import Sequence

from cloud import layout
from cloud import rest
from tests.cloud import drains
from tests.cloud import gpus
from tests.cloud.records import Records

HOST = 'igb-1'
#: A VF of NVMe, which shares its provider with three others.
VF = '0000:82:00.1'
GPU = str(gpus.GPUS[0].address)


class DrainedThroughout:
    """What is drained of a host, by the commands that operators have.

    :param in_placement: whether the host has the GPUs too, each a provider
        of its own
    """

    def __init__(self, place: layout.Layout, records: Records, *,
                 in_placement: bool) -> None:
        self._command = drains.Drains(place, HOST)
        self._records = records
        self._in_placement = in_placement
        self._addresses = (VF, GPU) if in_placement else (VF,)

    def begin(self) -> None:
        """Drain the devices; from now on no server may get them."""
        self._command('drain', *self._addresses, '--reason', 'fault run')
        self._wait(len(self._addresses))

    def end(self) -> None:
        """Undrain the devices, and wait until they can be had again."""
        found = self._command('drained')
        assert {each['address'] for each in found} == {*self._addresses}
        self.undrain()
        self._wait(0)

    def undrain(self) -> None:
        """Undrain all, whatever it is."""
        self._command('undrain', '--all')

    def broken(self) -> Iterator[str]:
        """Yield each drained device that somebody has."""
        for each in self._records.devices():
            if (each.host == HOST and each.address in self._addresses
                    and each.owner is not None):
                yield f'{HOST} {each.address} is drained: {each.owner}'

    def _wait(self, number: int) -> None:
        wanted: Sequence[int] = [number] * 2
        rest.wait_until(f'{number} drained devices', lambda: [
            self._noted(), self._reserved() if self._in_placement
            else number] == wanted, timeout_s=120)

    def _noted(self) -> int:
        """Return how many rows say that they are drained themselves."""
        return sum(each.drained == 'fault run'
                   for each in self._records.devices())

    def _reserved(self) -> int:
        """Return how many PCI devices are reserved in Placement."""
        return sum(int(row['reserved']) for row in self._records.query(
            'SELECT reserved FROM placement.inventories inventory '
            'JOIN placement.resource_classes class '
            'ON class.id = resource_class_id '
            "WHERE class.name LIKE 'CUSTOM\\_PCI%'"))
