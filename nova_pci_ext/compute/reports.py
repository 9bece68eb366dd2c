# SPDX-License-Identifier: Apache-2.0

"""What the host reports about its devices, beside what is known of them."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import cast

from nova import exception
from nova.objects import fields
from oslo_serialization import jsonutils

from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import fixed_facts
from nova_pci_ext.compute import notices as told
from nova_pci_ext.compute import placing
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.model import families
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import device_facts
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

#: Properties that say which family it is in.
LINKING = frozenset({'dev_type', 'parent_addr'})

_UNSET = object()

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
    :ivar found: what each device of the host is, by its address
    """

    devices: tuple[Properties, ...]
    others: frozenset[str] = frozenset()
    places: placing.Places = dataclasses.field(default_factory=dict)
    found: Mapping[str, device_facts.Found] = dataclasses.field(
        default_factory=dict)

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of the devices that are handed out."""
        return frozenset(device['address'] for device in self.devices)


def read(reported: Sequence[dict[str, object]],
         dev_filter: protocols.DeviceFilter, notices: told.Notices,
         groups: Iterable[DeviceGroup] = (),
         root: kernel_files.Root | None = None) -> Report:
    """Read reported devices.

    :param reported: as virt drivers give them; they become the report's
    :param groups: that ``[pci_ext] device_group`` declares
    :param root: the folder that holds ``sys``, that of this host if None
    """
    kept = []
    others = set()
    places = placing.find(cast(Sequence[device_reports.Reported], reported),
                          groups, root)
    found = fixed_facts.find(reported, root)
    for properties in reported:
        properties.pop(device_reports.PCI_PATH, None)
        place = found.get(str(properties['address']))
        properties[device_facts.FACTS] = {
            'serial': place.identity.serial, 'slot': place.identity.slot,
        } if place else None
        try:
            spec = dev_filter.device_assignable(properties)
        except exception.PciConfigInvalidSpec as error:
            # Not a fault of the configuration: Nova's parser of addresses
            # knows 16-bit domains only.
            notices.skipped(properties, error)
            continue
        finally:
            properties.pop(device_facts.FACTS)
        if spec is None:
            others.add(str(properties['address']))
        else:
            spec.enhanced_pci_device_with_spec_tags(properties)
            kept.append(properties)
    return Report(tuple(kept), frozenset(others), places, found)


class Reader:
    """Reads the reports of a host, and one that is like the last only once.

    What a report is made of is its text, the devices that ``devname`` names,
    and the way to devices of which the text does not say it; entries and
    groups are those of the configuration that the service has started with.

    :ivar dev_filter: of the tracker
    """

    def __init__(self, dev_filter: device_filter.DeviceFilter,
                 notices: told.Notices, groups: Iterable[DeviceGroup],
                 root: kernel_files.Root | None = None) -> None:
        self._filter = dev_filter
        self._notices = notices
        self._groups = tuple(groups)
        self._root = root
        self._text: str | None = None
        self._asked: tuple[str, ...] = ()
        self._reached: tuple[tuple[str, ...], ...] = ()
        self._report = Report(())

    def forget(self) -> None:
        """Read the next report whatever it says."""
        self._text = None

    def read(self, devices_json: str) -> Report:
        """Read a report.

        :param devices_json: a JSON list of dicts, as virt drivers give it
        :returns: the object of the last time where a new one would be equal
        """
        has_moved = self._filter.refresh()
        if (devices_json != self._text or has_moved or self._reached
                != placing.reached(self._asked, self._root)):
            self._text = None
            reported = _readable(jsonutils.loads(devices_json), self._notices)
            self._asked = placing.asked_of_kernel(
                cast(Sequence[device_reports.Reported], reported))
            # Read before what is made of it: what changes meanwhile is seen
            # at the next report.
            self._reached = placing.reached(self._asked, self._root)
            self._report = read(reported, self._filter, self._notices,
                                self._groups, self._root)
            self._text = devices_json
        return self._report


def _readable(reported: Iterable[object],
              notices: told.Notices) -> list[dict[str, object]]:
    """Leave out what cannot be tracked; one such device stops no other."""
    kept: list[dict[str, object]] = []
    faults = set()
    for properties in reported:
        fault = device_reports.fault(properties)
        if fault is None:
            kept.append(device_reports.reported_only(
                cast(dict[str, object], properties)))
        else:
            faults.add(printable(_named(properties, fault)))
    notices.unreadable(faults)
    return kept


def _named(properties: object, fault: str) -> str:
    address = (properties.get('address') if isinstance(properties, dict)
               else None)
    return f'{address or "without an address"}: {fault}'


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
    dev_type = dev._obj_dev_type
    return dev_type, families.parent_of(dev_type, dev._obj_parent_addr)


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


def changes(dev: protocols.PciDevice, properties: Properties,
            before: Properties | None = None) -> list[str]:
    """Names of the properties that a device does not have as reported.

    :param before: a report as which the device is: what has not changed
        since does not have to be compared with a Nova object, whose getters
        take their time
    """
    # What is set of the object; to ask it field by field takes its time.
    held = vars(dev)
    extra = dev._obj_extra_info
    names = [tag for tag in _PASSING_TAGS
             if tag in extra and tag not in properties]
    if ('parent_addr' not in properties
            and dev._obj_parent_addr is not None):
        names.append('parent_addr')
    for name, value in properties.items():
        if name in _NOT_REPORTED or (
                before is not None and name in before
                and before[name] == value):
            continue
        if name not in dev.fields:
            if extra.get(name) != _as_text(value):
                names.append(name)
        elif held.get(f'_obj_{name}', _UNSET) != value:
            names.append(name)
    return names


def part(properties: Mapping[str, object], names: Iterable[str],
         ) -> dict[str, object]:
    """Return what to change of a device that has the rest as reported.

    What Nova's object would take for not reported any more is in there too.
    """
    return {name: properties[name]
            for name in {*names, *_PASSING_TAGS, 'parent_addr'}
            if name in properties}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else jsonutils.dumps(value)
