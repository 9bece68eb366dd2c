# SPDX-License-Identifier: Apache-2.0

"""Groups of devices, as an operator declares them on a compute."""

import dataclasses

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import Source

_SOURCE = Source(option='device_group', group='pci_ext')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGroup:
    """Devices that belong together, such as a partition of NVLink.

    Groups may overlap; those of one type have different names.

    :ivar type: what ties the devices together, lower case, such as
        ``nvlink``
    :ivar name: lower case
    :ivar addresses: of all its devices, sorted; at least one
    :ivar source: where it is declared
    """

    type: str
    name: str
    addresses: tuple[PciAddress, ...]
    source: Source = _SOURCE

    def __str__(self) -> str:
        """Name it for people."""
        return f'{self.type} {self.name}'
