# SPDX-License-Identifier: Apache-2.0

"""What is shown of a device beside its own facts."""

import dataclasses
import enum

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device


class Use(enum.StrEnum):
    """What has become of a device.

    ``DEPENDENT`` is free itself, but its PF or one of its VFs is owned, so
    that nobody can get it.
    """

    FREE = 'free'
    OWNED = 'owned'
    DEPENDENT = 'dependent'
    NOT_HANDED_OUT = 'not handed out'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One device, and what a configuration makes of it.

    :ivar entry: the device_spec entry that takes it, None for none
    :ivar use: None where no configuration was read and nobody owns it
    :ivar group_members: the other devices of its IOMMU group, sorted
    """

    device: Device
    entry: str | None = None
    use: Use | None = None
    group_members: tuple[PciAddress, ...] = ()
