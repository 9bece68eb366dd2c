# SPDX-License-Identifier: Apache-2.0

"""Nova's PCI requests into ours, with what Placement chose for them."""

import dataclasses
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out.wants import alternative
from nova_pci_ext.matching import rules
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols

#: Placement's request groups and the providers of each.
Mappings = Mapping[str, Sequence[str]]
#: Name of a PF's interface by the UUID of its provider of bandwidth.
InterfaceOf = Callable[[str], str | None]


def device_requests(requests: Iterable[protocols.InstancePCIRequest],
                    mappings: Mappings | None,
                    interface_of: InterfaceOf,
                    groups: port_groups.Groups | None = None,
                    ) -> tuple[DeviceRequest, ...]:
    """Read the requests of one server, with what Placement chose for them.

    Whoever reads requests reads them here: the filter, the statistics, the
    weigher and explain have to mean the same devices.

    :param mappings: Placement's request groups and the providers they were
        allocated from, or None or empty, where the requests themselves may
        carry their providers
    :param interface_of: returns the PF's interface of a provider of
        bandwidth; a port with one takes a VF of that PF
    :param groups: which of Placement's groups are of ports, None for those
        that this thread knows
    """
    known = port_groups.current() if groups is None else groups
    return tuple(_device_request(request, mappings, interface_of, known)
                 for request in requests)


def _device_request(request: protocols.InstancePCIRequest,
                    mappings: Mappings | None, interface_of: InterfaceOf,
                    groups: port_groups.Groups) -> DeviceRequest:
    # Reading an unset field would set it.
    alias = request.alias_name if 'alias_name' in request else None
    request_id = request.request_id if 'request_id' in request else None
    policy = request.numa_policy if 'numa_policy' in request else None
    port = request.requester_id if 'requester_id' in request else None
    specs = request.spec
    if alias is None and port and mappings:
        chosen = mappings.get(port) or mappings.get(
            groups.get(port, port), ())
        interface = interface_of(chosen[0]) if len(chosen) == 1 else None
        if interface:
            specs = [{**spec, rules.PARENT_NAME: interface} for spec in specs]
    found = DeviceRequest(
        request_id=request_id,
        name=alias or port or request_id or 'unnamed request',
        count=request.count,
        alternatives=tuple(map(alternative, specs)),
        numa_policy=NumaPolicy(policy) if policy else NumaPolicy.LEGACY,
        origin=Origin.PORT if alias is None else Origin.FLAVOR)
    providers = () if alias is None else _providers(
        specs, found.group_prefix, mappings)
    return (dataclasses.replace(found, providers=providers) if providers
            else found)


def question(requests: Iterable[protocols.InstancePCIRequest],
             provider_mapping: Mappings | None,
             numa_cells: Iterable[protocols.InstanceNUMACell] | None,
             ) -> Hashable:
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
        else None, tuple(port_groups.current().items()))


def _providers(specs: Iterable[Mapping[str, str | None]],
               prefix: str | None, mappings: Mappings | None,
               ) -> tuple[str, ...]:
    """Return one provider for each device, nothing where Placement is out.

    :param prefix: of the request's groups
    """
    if not mappings:
        for spec in specs:
            carried = spec.get('rp_uuids')
            if carried:
                return tuple(sorted(carried.split(',')))
        return ()
    if prefix is None:
        return ()
    return tuple(sorted(
        found[0] for group, found in mappings.items()
        if found and group.startswith(prefix)))
