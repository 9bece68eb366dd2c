# SPDX-License-Identifier: Apache-2.0

"""What the host reports about its devices, beside what is known of them."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from nova import exception
from nova.objects import fields
from oslo_serialization import jsonutils

from nova_pci_ext.compute import families
from nova_pci_ext.compute import notices as told
from nova_pci_ext.compute import placing
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.novaobj import device_reports
from nova_pci_ext.novaobj import protocols

# update_device of Nova's object leaves these alone, or they are ours.
_NOT_REPORTED = frozenset(
    {'status', 'instance_uuid', 'id', 'uuid', 'extra_info', 'request_id'})

# Nova takes these out of extra_info when they are no longer reported.
_PASSING_TAGS = ('managed', 'live_migratable')

#: Properties that say which device it is; worth a warning when they change
#: below an instance.
_IDENTITY = ('vendor_id', 'product_id', 'dev_type', 'numa_node',
             'parent_addr')

Properties = dict[str, Any]
Place = tuple[str | None, str | None]

#: The place of a device that is part of no family.
PLAIN: Place = (fields.PciDeviceType.STANDARD, None)


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The devices of the host, as the virt driver reports them.

    :ivar devices: those that ``device_spec`` names, with its tags
    :ivar others: addresses of those that it does not name
    :ivar places: the tags that say where devices are, by their addresses
    """

    devices: tuple[Properties, ...]
    others: frozenset[str] = frozenset()
    places: placing.Places = dataclasses.field(default_factory=dict)

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of the devices that are handed out."""
        return frozenset(device['address'] for device in self.devices)


def read(devices_json: str, dev_filter: protocols.DeviceFilter,
         notices: told.Notices, groups: Iterable[DeviceGroup] = (),
         ) -> Report:
    """Read a report.

    :param devices_json: a JSON list of dicts, as virt drivers give it
    :param groups: that ``[pci_ext] device_group`` declares
    """
    kept = []
    others = set()
    reported = jsonutils.loads(devices_json)
    places = placing.find(reported, groups)
    for properties in reported:
        properties.pop(device_reports.PCI_PATH, None)
        try:
            spec = dev_filter.device_assignable(properties)
        except exception.PciConfigInvalidSpec as error:
            # Not a fault of the configuration: Nova's parser of addresses
            # knows 16-bit domains only.
            notices.skipped(properties, error)
            continue
        if spec is None:
            others.add(properties['address'])
        else:
            spec.enhanced_pci_device_with_spec_tags(properties)
            kept.append(properties)
    return Report(tuple(kept), frozenset(others), places)


def by_address(reported: Iterable[Properties],
               notices: told.Notices) -> dict[str, Properties]:
    """The reported devices by address; of two with one address, the first."""
    found: dict[str, Properties] = {}
    twice = set()
    for properties in reported:
        address = properties['address']
        if found.setdefault(address, properties) is not properties:
            twice.add(address)
    notices.duplicates(twice)
    return found


def place(properties: Properties) -> Place:
    """Where a device is reported: its type, and its PF if it has one."""
    dev_type = properties.get('dev_type')
    return dev_type, families.parent_of(
        dev_type, properties.get('parent_addr'))


def place_of(dev: protocols.PciDevice) -> Place:
    """The same of a device that is tracked."""
    return dev.dev_type, families.parent_of(dev.dev_type, dev.parent_addr)


def identity(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some properties that say which device it is."""
    found = set(names)
    return tuple(name for name in _IDENTITY if name in found)


def is_another_device(dev: protocols.PciDevice,
                      properties: Properties) -> bool:
    """Whether what is reported may be another device at the same address."""
    return bool(identity(changes(dev, properties)))


def completed(dev: protocols.PciDevice, properties: Properties) -> Properties:
    """A report with what a VF has on its host driver only.

    The features of its network interface are those of the hardware, and a VF
    that is with a guest, or not back from one yet, has no interface.
    """
    capabilities = properties.get('capabilities')
    if (properties.get('dev_type') != fields.PciDeviceType.SRIOV_VF
            or capabilities is None or 'network' in capabilities
            or is_another_device(dev, properties)):
        return properties
    known = jsonutils.loads(dev.extra_info.get('capabilities', '{}'))
    if 'network' not in known:
        return properties
    return {**properties, 'capabilities': {
        'network': known['network'], **capabilities}}


def changes(dev: protocols.PciDevice, properties: Properties) -> list[str]:
    """Names of the properties that a device does not have as reported."""
    extra = dev.extra_info
    names = [tag for tag in _PASSING_TAGS
             if tag in extra and tag not in properties]
    if 'parent_addr' not in properties and dev.parent_addr is not None:
        names.append('parent_addr')
    for name, value in properties.items():
        if name in _NOT_REPORTED:
            continue
        if name not in dev.fields:
            if extra.get(name) != _as_text(value):
                names.append(name)
        elif not dev.obj_attr_is_set(name) or getattr(dev, name) != value:
            names.append(name)
    return names


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else jsonutils.dumps(value)
