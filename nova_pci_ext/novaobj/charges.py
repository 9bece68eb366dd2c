# SPDX-License-Identifier: Apache-2.0

"""What a device takes of the bandwidth budget of its PF, kept with its row.

Written with the claim and taken away with the free, in the same write of the
row: whatever is lost in a crash, a row never has the one without the other.
The note names its owner, for Nova's own tracker frees devices and leaves it.
A note of 0 says that Placement counts the bandwidth of the port instead.
"""

from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.matching import set_binding
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import requests as requests_of

NOTE = 'pci_ext_bandwidth'


def read(dev: protocols.PciDevice) -> int:
    """Return the Mbit/s that the owner of a device takes, 0 for nothing."""
    mbps, owner = noted(dev.extra_info)
    return mbps if owner == dev.instance_uuid else 0


def noted(extra_info: Mapping[str, object]) -> tuple[int, str | None]:
    """Return what a row notes, and for whom; None where it notes nothing.

    What cannot be read is for nobody.
    """
    text = extra_info.get(NOTE)
    if text is None:
        return 0, None
    mbps, _, owner = str(text).partition(' ')
    if not mbps.isdecimal() or len(mbps) > 9:
        return 0, ''
    return int(mbps), owner


def note(mbps: int, owner: str | None) -> str | None:
    """Return what is written into a row, None for nothing."""
    return f'{mbps} {owner}' if mbps and owner else None


def put(dev: protocols.PciDevice, mbps: int, owner: str | None) -> None:
    """Write what a device takes, or that it takes nothing."""
    if mbps or not owner or noted(dev.extra_info) != (0, owner):
        drain_notes.put(dev, NOTE, note(mbps, owner))


def settle(requests: Iterable[protocols.InstancePCIRequest],
           taken: Iterable[protocols.PciDevice]) -> None:
    """Note of which claimed devices Placement counts the bandwidth.

    The interface that it chose holds for this claim, and is not kept with the
    server: the next claim is told another, or none.

    :param requests: those that were claimed for, of which it is taken out
    :param taken: the devices that they got
    """
    named = {request.request_id for request in port_groups.ports(requests)
             if port_groups.forget(request)}
    for dev in taken:
        if dev.request_id in named:
            drain_notes.put(dev, NOTE, f'0 {dev.instance_uuid}')


def by_flavor(flavor: protocols.Flavor,
              requests: Iterable[protocols.InstancePCIRequest],
              ) -> tuple[int, ...]:
    """Return what each device of each request of a server takes.

    :param requests: as they are kept with the instance; of ports whose
        bandwidth Placement counts, the row says so
    :raises ConfigErrors: where the flavor cannot be read
    """
    asked = requests_of.device_requests(requests, None, lambda _: None)
    found = set_binding.bandwidths(set_binding.bind(
        asked_sets.of_flavor(flavor), asked), asked)
    return tuple(found.get(number, 0) for number in range(len(asked)))
