# SPDX-License-Identifier: Apache-2.0

"""Nova's PCI devices, the pools that it publishes of them, and who says which
devices there are.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Protocol

from nova_pci_ext.novaobj.protocols.instances import Instance
from nova_pci_ext.novaobj.protocols.objects import VersionedObject


class PciDevice(VersionedObject, Protocol):
    """``nova.objects.PciDevice``: one row of ``pci_devices``.

    A getter of a Nova object costs ten times the attribute behind it, and to
    ask whether a field is set costs more: what is read of every device in a
    claim, or of all in a report, is read from the attributes behind.

    :ivar parent_device: the PF of a VF or vDPA device, where it is tracked;
        no field, but an attribute of Nova's class, as ``child_devices``
    """

    _obj_status: str
    _obj_instance_uuid: str | None
    _obj_request_id: str | None
    _obj_address: str
    _obj_vendor_id: str
    _obj_product_id: str
    _obj_dev_type: str
    _obj_parent_addr: str | None
    _obj_extra_info: dict[str, str]

    id: int
    compute_node_id: int | None
    address: str
    vendor_id: str
    product_id: str
    dev_type: str
    status: str
    instance_uuid: str | None
    request_id: str | None
    extra_info: dict[str, str]
    numa_node: int | None
    parent_addr: str | None
    parent_device: 'PciDevice | None'
    child_devices: 'list[PciDevice]'

    @property
    def card_serial_number(self) -> str | None:
        """The serial number of the card, out of ``extra_info``."""

    def update_device(self, dev_dict: dict[str, object]) -> None:
        """Take over what a host reports; takes keys out of the dict."""

    def claim(self, instance_uuid: str) -> None:
        """Become claimed, with the family."""

    def allocate(self, instance: Instance) -> None:
        """Become allocated, and join the devices of the instance."""

    def save(self) -> None:
        """Write the row, or delete it once the status is ``removed``."""


class PciDeviceList(Protocol):
    """``nova.objects.PciDeviceList``."""

    objects: list[PciDevice]

    def __iter__(self) -> Iterator[PciDevice]: ...


class PciDevicePool(VersionedObject, Protocol):
    """``nova.objects.PciDevicePool``, with what lies behind its getters."""

    _obj_vendor_id: str
    _obj_product_id: str
    _obj_numa_node: int | None
    _obj_tags: dict[str, str | None]
    _obj_count: int

    def to_dict(self) -> dict[str, object]:
        """Return a pool of ``PciDeviceStats.pools`` without devices."""


class PciDevicePoolList(Protocol):
    """``nova.objects.PciDevicePoolList``, as a compute publishes it."""

    objects: list[PciDevicePool]
    _obj_objects: list[PciDevicePool]

    def __iter__(self) -> Iterator[PciDevicePool]: ...

    def __len__(self) -> int: ...


class DeviceSpec(Protocol):
    """``nova.pci.devspec.PciDeviceSpec``: an entry of ``device_spec``."""

    def get_tags(self) -> Mapping[str, object] | None:
        """Return the tags, which the caller must not change."""

    def enhanced_pci_device_with_spec_tags(
            self, dev: dict[str, object]) -> None:
        """Add to a device what only the operator knows."""


class DeviceFilter(Protocol):
    """``nova.pci.whitelist.Whitelist``: all entries of ``device_spec``."""

    def device_assignable(
            self, dev: Mapping[str, object]) -> DeviceSpec | None:
        """Return the entry that takes a device of the virt driver."""

    def get_devspec(self, pci_dev: PciDevice) -> DeviceSpec | None:
        """Return the entry that takes a tracked device."""
