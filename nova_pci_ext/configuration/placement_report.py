# SPDX-License-Identifier: Apache-2.0

"""What nova-compute would report to Placement of a host, or die of.

Nova's own translator is asked, device by device, so all that it refuses is
found, and nothing else.
"""

import dataclasses
import warnings
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import placement
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device

_ONLY_PARENTS = ('leave one_time_use out of the entry, even with "no": only '
                 'devices that are no VFs can have it')
# A server with as many devices of one class makes Placement try every order
# of them.
MANY_DEVICES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class _Reported:
    """A device with the attributes that the translator reads."""

    address: str
    vendor_id: str
    product_id: str
    dev_type: str
    parent_addr: str | None
    status: str = 'available'
    instance_uuid: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with the method that the translator calls."""

    tags: Mapping[str, str | None]

    def get_tags(self) -> Mapping[str, str | None]:
        """Return the tags of the entry."""
        return self.tags


def errors(covered: Coverage) -> Iterator[ConfigError]:
    """Yield each device with which nova-compute does not start.

    Of the VFs of one PF and one cause the first one is named.
    """
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        from nova import exception
        from nova.compute import pci_placement_translator
    view = pci_placement_translator.PlacementView('host', [])
    seen = set()
    for device in covered.handed_out():
        spec = covered.taker(device)
        try:
            view.process_dev(_reported(device), _Entry(spec.tags))
        except exception.PlacementPciException as exc:
            family = device.parent or device.address
            kind = type(exc).__name__
            if (family, kind) not in seen:
                seen.add((family, kind))
                yield _refused(covered, device, kind, exc)


def _reported(device: Device) -> _Reported:
    return _Reported(
        str(device.address), device.vendor_id, device.product_id,
        device.dev_type.value,
        None if device.parent is None else str(device.parent))


def _refused(covered: Coverage, device: Device, kind: str,
             error: Exception) -> ConfigError:
    spec = covered.taker(device)
    family = (f'PF {device.parent}' if device.dev_type in CHILD_TYPES
              else str(device.address))
    message, hint = {
        'PlacementPciDependentDeviceException': (
            f'hands out {device.address} beside '
            + ('its PF' if device.dev_type in CHILD_TYPES else 'its VFs'),
            _one_kind(covered, device)),
        'PlacementPciMixedResourceClassException': (
            f'gives {device.address} another resource class than other VFs '
            f'of {family}', 'expected one resource_class for all of them'),
        'PlacementPciMixedTraitsException': (
            f'gives {device.address} other traits than other VFs of '
            f'{family}', 'expected the same traits and the same '
            'live_migratable for all of them'),
    }.get(kind, (f'gives VF {device.address} one_time_use', _ONLY_PARENTS)
          if 'one_time_use' in str(error) else (str(error), None))
    return ConfigError(
        str(spec.source), f'{message}, and nova-compute cannot report that '
        'to Placement', hint, Fault.REFUSED)


def _one_kind(covered: Coverage, device: Device) -> str:
    """Say how a PF or its VFs are handed out, and not both."""
    parent = covered.parent(device)
    spec = covered.taker(device)
    if parent is not None and covered.taken_by[parent.address] is not None:
        other = covered.taker(parent)
        if other is not spec:
            return f'remove one of the two entries; {other.source} is for '\
                   'the PF'
    return 'name the product_id or the addresses of the kind that is meant'


def many_devices(covered: Coverage) -> Iterator[ConfigError]:
    """Yield each resource class of which a host has many providers."""
    found: dict[str, set[object]] = {}
    for device in covered.handed_out():
        terms = placement.offered(device, covered.taker(device))
        if terms is not None:
            found.setdefault(terms.resource_class, set()).add(
                device.parent or device.address)
    for name, providers in sorted(found.items()):
        if len(providers) > MANY_DEVICES:
            yield ConfigError(
                '[pci] device_spec',
                f'a host has {len(providers)} providers of {name}',
                'Placement tries the orders of them one after the other; '
                'set [pci_ext] allocation_candidates = ours, or '
                "max_allocation_candidates in Placement's configuration, "
                'and allocation_candidates_generation_strategy = '
                'breadth-first', Fault.NO_EFFECT)
