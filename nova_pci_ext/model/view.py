# SPDX-License-Identifier: Apache-2.0

"""What is shown of a device beside its own facts."""

import dataclasses
import enum

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device_set import GROUP_TAG


class Use(enum.StrEnum):
    """What has become of a device.

    ``DEPENDENT`` is free itself, but its PF or one of its VFs is owned, or
    it may be the device of an owner elsewhere, so that nobody can get it.
    ``DRAINED`` is free, and out of service.
    """

    FREE = 'free'
    OWNED = 'owned'
    DEPENDENT = 'dependent'
    DRAINED = 'drained'
    NOT_HANDED_OUT = 'not handed out'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One device, and what a configuration makes of it.

    :ivar entry: the device_spec entry that takes it, None for none
    :ivar use: None where no configuration was read and nobody owns it
    :ivar group_members: the other devices of its IOMMU group, sorted
    :ivar place: (tag, value) of what sets of devices can ask of where it is,
        see ``device_set``
    :ivar is_switch: whether it is the upstream port of a switch that cards
        share
    """

    device: Device
    entry: str | None = None
    use: Use | None = None
    group_members: tuple[PciAddress, ...] = ()
    place: tuple[tuple[str, str], ...] = ()
    is_switch: bool = False

    def tag(self, key: str) -> str | None:
        """Return a tag of its place, None where it has none of that name."""
        return dict(self.place).get(key)

    @property
    def device_groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Type and names of the groups of devices that it is in."""
        return tuple(
            (key.removeprefix(GROUP_TAG),
             tuple(each.partition(':')[0] for each in value.split(',')))
            for key, value in self.place if key.startswith(GROUP_TAG))
