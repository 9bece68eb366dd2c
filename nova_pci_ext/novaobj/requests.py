# SPDX-License-Identifier: Apache-2.0

"""Nova's PCI requests into ours, with what Placement chose for them."""

import typing
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.handing_out.wants import alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import group_prefix
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin


def device_request(request: typing.Any,
                   provider_mapping: Mapping[str, list[str]] | None = None,
                   interface_of: Callable[[str], str | None] | None = None,
                   ) -> DeviceRequest:
    """Read an ``InstancePCIRequest``.

    :param provider_mapping: Placement's request groups and the providers
        they were allocated from, or None or empty, where the request itself
        may carry its providers
    :param interface_of: returns the PF's interface of a provider of
        bandwidth; a port with one takes a VF of that PF
    """
    alias = _field(request, 'alias_name')
    request_id = _field(request, 'request_id')
    policy = _field(request, 'numa_policy')
    port = _field(request, 'requester_id')
    specs = request.spec
    if interface_of and alias is None and port and provider_mapping:
        chosen = provider_mapping.get(port, ())
        interface = interface_of(chosen[0]) if len(chosen) == 1 else None
        if interface:
            specs = [{**spec, 'parent_ifname': interface} for spec in specs]
    return DeviceRequest(
        request_id=request_id,
        name=alias or port or request_id or 'unnamed request',
        count=request.count,
        alternatives=tuple(map(alternative, specs)),
        numa_policy=NumaPolicy(policy) if policy else NumaPolicy.LEGACY,
        origin=Origin.PORT if alias is None else Origin.FLAVOR,
        providers=() if alias is None
        else _providers(request, request_id, provider_mapping))


def question(requests: Iterable[typing.Any],
             provider_mapping: Mapping[str, list[str]] | None,
             numa_cells: Iterable[typing.Any] | None) -> Hashable:
    """Return a key that is equal for what must have equal answers.

    Making it costs a fraction of translating the requests, the more so with
    the attributes behind Nova's getters.
    """
    fields = [vars(request) for request in requests]
    return (
        tuple((found['_obj_count'], repr(found['_obj_spec']),
               found.get('_obj_request_id'), found.get('_obj_alias_name'),
               found.get('_obj_requester_id'),
               found.get('_obj_numa_policy')) for found in fields),
        repr(provider_mapping) if provider_mapping else None,
        frozenset(cell._obj_id for cell in numa_cells) if numa_cells
        else None)


def _field(request: typing.Any, name: str) -> typing.Any:
    # Reading an unset field would set it.
    return getattr(request, name) if name in request else None


def _providers(request: typing.Any, request_id: str | None,
               provider_mapping: Mapping[str, list[str]] | None,
               ) -> tuple[str, ...]:
    """Return one provider a device, nothing where Placement is out."""
    if not provider_mapping:
        for spec in request.spec:
            if spec.get('rp_uuids'):
                return tuple(sorted(spec['rp_uuids'].split(',')))
        return ()
    if request_id is None:
        return ()
    prefix = group_prefix(request_id)
    return tuple(sorted(
        found[0] for group, found in provider_mapping.items()
        if found and group.startswith(prefix)))
