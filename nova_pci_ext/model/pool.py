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

"""Interchangeable devices of one host."""

import dataclasses

from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PoolKey:
    """What all devices of a pool have in common.

    :ivar group: address of the PF of VFs and vDPA devices, the device's own
        otherwise; None where an old compute did not report it
    :ivar numa_node: None where the host does not say
    :ivar tags: (key, value) as published, sorted by key
    :ivar provider: UUID of the Placement resource provider, None when the
        devices are not in Placement
    """

    vendor_id: str
    product_id: str
    dev_type: device.DeviceType
    group: PciAddress | None
    numa_node: int | None
    tags: tuple[tuple[str, str], ...] = ()
    provider: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A number of free devices under one key.

    :ivar free: how many devices are free, from 0
    :ivar addresses: the free devices, sorted; empty where only the number is
        known (the scheduler)
    """

    key: PoolKey
    free: int
    addresses: tuple[PciAddress, ...] = ()
