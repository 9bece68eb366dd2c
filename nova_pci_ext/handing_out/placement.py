# SPDX-License-Identifier: Apache-2.0

"""Devices and aliases as Placement has them: a class and traits."""

import dataclasses

from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection
from nova_pci_ext.parsing import placement_names

# What Nova's translator adds to the traits of the configuration.
_MANAGED = 'COMPUTE_MANAGED_PCI_DEVICE'
_LIVE_MIGRATABLE = 'HW_PCI_LIVE_MIGRATABLE'
_ONE_TIME_USE = 'HW_PCI_ONE_TIME_USE'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlacementTerms:
    """What a device is, or what an alias asks for, to Placement.

    :ivar resource_class: normalised
    :ivar traits: normalised
    """

    resource_class: str
    traits: frozenset[str]

    def __str__(self) -> str:
        traits = ', '.join(sorted(self.traits))
        return self.resource_class + (f' with {traits}' if traits else '')


def class_of_entry(spec: DeviceSpec) -> str:
    """Return the class that an entry alone tells.

    :returns: an empty text where it depends on the device
    """
    name = spec.tags.get('resource_class')
    if not name and not (spec.vendor_id and spec.product_id):
        return ''
    return placement_names.resource_class(
        name, spec.vendor_id, spec.product_id)


def offered(device: Device, spec: DeviceSpec) -> PlacementTerms | None:
    """Return what Nova's translator writes of a device.

    :returns: None for a device with a physical network, which Nova keeps
        out of Placement
    """
    if spec.tags.get('physical_network'):
        return None
    traits = set(placement_names.traits(spec.tags.get('traits')))
    traits.add(_MANAGED)
    if (spec.tags.get('live_migratable') == 'true'
            and spec.has_live_migratable_trait):
        traits.add(_LIVE_MIGRATABLE)
    if (spec.tags.get('one_time_use') == 'true'
            and device.dev_type not in CHILD_TYPES):
        traits.add(_ONE_TIME_USE)
    return PlacementTerms(
        resource_class=placement_names.resource_class(
            spec.tags.get('resource_class'), device.vendor_id,
            device.product_id), traits=frozenset(traits))


def asked(entry: AliasEntry) -> PlacementTerms:
    """Return what Nova asks Placement for."""
    return PlacementTerms(
        resource_class=placement_names.resource_class(
            entry.resource_class, entry.vendor_id, entry.product_id),
        traits=placement_names.traits(entry.traits))


def rejection(entry: AliasEntry, device: Device,
              spec: DeviceSpec) -> Rejection | None:
    """Return why Placement does not choose a device, None if it may."""
    wanted, has = asked(entry), offered(device, spec)
    if (has is not None and has.resource_class == wanted.resource_class
            and has.traits >= wanted.traits):
        return None
    return Rejection(reason=Reason.PROVIDER, wanted=str(wanted),
                     found=None if has is None else str(has))
