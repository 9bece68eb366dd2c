# SPDX-License-Identifier: Apache-2.0

"""Partitions of NVLink, as a fabric manager lists them."""

import dataclasses

from nova_pci_ext.model.address import PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition.

    :ivar number: what the fabric manager calls it
    :ivar modules: ids of the modules that its GPUs are, in their order
    :ivar size: number of its GPUs, as the table says
    :ivar addresses: (module id, address) of those GPUs of which the table
        itself has an address
    """

    number: int
    modules: tuple[int, ...]
    size: int
    addresses: tuple[tuple[int, PciAddress], ...] = ()
