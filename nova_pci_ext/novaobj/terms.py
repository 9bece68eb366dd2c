# SPDX-License-Identifier: Apache-2.0

"""What Placement is asked for the devices of a request."""

import typing

from nova import objects
from nova.compute import pci_placement_translator

from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term
from nova_pci_ext.model.request import group_name


def is_of_flavor(request: typing.Any) -> bool:
    """Whether an ``InstancePCIRequest`` comes from a flavor.

    The devices of ports are not in Placement.
    """
    return bool(
        request.source == objects.InstancePCIRequest.FLAVOR_ALIAS)


def group_names(request: typing.Any) -> tuple[str, ...]:
    """Return the names of the request groups of a flavor's request."""
    return tuple(group_name(request.request_id, number)
                 for number in range(request.count))


def term(spec: typing.Mapping[str, typing.Any]) -> Term:
    """Return what Placement is asked for one dict of a request's ``spec``."""
    return Term(
        pci_placement_translator.get_resource_class(
            spec.get('resource_class'), spec.get('vendor_id') or '',
            spec.get('product_id') or ''),
        tuple(sorted(pci_placement_translator.get_traits(
            spec.get('traits') or ''))))


def provider(uuid: str, summary: typing.Mapping[str, typing.Any],
             ) -> Provider:
    """Read one of Placement's provider summaries."""
    return Provider(
        uuid=uuid, traits=frozenset(summary['traits']),
        free={name: found['capacity'] - found['used']
              for name, found in summary['resources'].items()})
