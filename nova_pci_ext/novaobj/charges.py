# SPDX-License-Identifier: Apache-2.0

"""What a device takes of the bandwidth budget of its PF, kept with its row.

Written with the claim and taken away with the free, in the same write of the
row: whatever is lost in a crash, a row never has the one without the other.
The note names its owner, for Nova's own tracker frees devices and leaves it.
"""

from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import protocols

NOTE = 'pci_ext_bandwidth'


def read(dev: protocols.PciDevice) -> int:
    """Return the Mbit/s that the owner of a device takes, 0 for nothing."""
    mbps, _, owner = dev.extra_info.get(NOTE, '').partition(' ')
    return (int(mbps) if mbps.isdecimal() and len(mbps) < 10
            and owner == dev.instance_uuid else 0)


def put(dev: protocols.PciDevice, mbps: int, owner: str | None) -> None:
    """Write what a device takes, or that it takes nothing."""
    drain_notes.put(dev, NOTE, f'{mbps} {owner}' if mbps and owner else None)
