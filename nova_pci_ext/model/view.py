#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
