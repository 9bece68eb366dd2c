# SPDX-License-Identifier: Apache-2.0

"""What an alias wants of a device, in the terms of the rules."""

from collections.abc import Mapping
from typing import Any

from nova_pci_ext.matching import demands
from nova_pci_ext.matching.rules import LIVE_MIGRATABLE
from nova_pci_ext.matching.rules import Want
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.tag_values import IGNORED
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.model.tag_values import TYPES


def alternative(spec: Mapping[str, object]) -> Alternative:
    """Read one dict of Nova's ``InstancePCIRequest.spec``."""
    asked = {key: text(value) for key, value in spec.items()
             if key not in IGNORED}
    vendor_id = asked.pop('vendor_id', None)
    product_id = asked.pop('product_id', None)
    dev_type = TYPES.get(asked.get('dev_type') or '')
    if dev_type is not None:
        del asked['dev_type']
    return Alternative(vendor_id=vendor_id, product_id=product_id,
                       dev_type=dev_type, tags=tuple(sorted(asked.items())))


def alias_alternative(entry: AliasEntry) -> Alternative:
    """Return what Nova's API makes of an alias entry."""
    spec: dict[str, Any] = {
        'vendor_id': entry.vendor_id, 'product_id': entry.product_id,
        'dev_type': entry.dev_type}
    if entry.live_migratable is not None:
        spec[LIVE_MIGRATABLE] = entry.live_migratable
    return alternative({key: value for key, value in spec.items()
                        if value is not None})


def want(alias: Alias) -> Want:
    """Return what an alias wants, for a guest on any NUMA nodes."""
    return Want(
        alternatives=tuple(sorted(
            set(map(alias_alternative, alias.entries)),
            key=demands.alternative_key)),
        numa_policy=alias.numa_policy, cells=None)
