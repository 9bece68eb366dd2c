# SPDX-License-Identifier: Apache-2.0

"""Which group of a query to Placement is that of which port.

A port with a minimum bandwidth has a group in the query, and Placement says
from which PF it comes.  Before Xena the group had the id of the port.  Since
then Neutron makes an id of the port and the rules of its policy (API
extension ``port-resource-request-groups``), and no object of Nova says of
which port a group is: Nova looks for the id of the port, does not find it, and
takes a VF of any PF.

The compute asks Neutron (``compute.port_groups``).  The scheduler cannot, but
need not know the port: what ports ask that are alike is the same whichever of
them has the group.
"""

import contextlib
import contextvars
import types
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import nova.conf
import os_traits

from nova_pci_ext.matching import rules
from nova_pci_ext.novaobj import protocols

CONF = nova.conf.CONF
#: The id of the group of each port.
Groups = Mapping[str, str]

#: How the classes of a minimum bandwidth begin; a packet rate is not of a PF.
BANDWIDTH = 'NET_BW_'
# The key of a request that names the interface of the PF.
_INTERFACE = rules.PARENT_NAME
_PHYSNET = 'CUSTOM_PHYSNET_'
_VNIC_TYPE = 'CUSTOM_VNIC_TYPE_'
# Traits of Neutron's vnic types of whose ports Nova asks for a VF.
_OF_VFS = frozenset(_VNIC_TYPE + name
                    for name in ('DIRECT', 'MACVTAP', 'VIRTIO_FORWARDER'))

_CURRENT: contextvars.ContextVar[Groups] = contextvars.ContextVar(
    'port_groups', default=types.MappingProxyType({}))


@contextlib.contextmanager
def asked_by(spec: protocols.RequestSpec) -> Iterator[None]:
    """Let the decisions of this thread know the groups of a server's ports."""
    token = _CURRENT.set(of_spec(spec) if are_followed() else {})
    try:
        yield
    finally:
        _CURRENT.reset(token)


def are_followed() -> bool:
    """Whether ports are on the PF that Placement chose, as an option says."""
    return 'pci_ext' in CONF and bool(CONF.pci_ext.port_bandwidth_pf)


def current() -> Groups:
    """Return the groups that decisions of this thread know."""
    return _CURRENT.get()


def of_spec(spec: protocols.RequestSpec) -> Groups:
    """Find the groups of the ports of a server to be placed.

    :returns: without ports whose group has their id, and without ports that
        may or may not be those of a group, and do not ask the same
    """
    groups = spec.requested_resources if 'requested_resources' in spec else ()
    asked = spec.pci_requests if 'pci_requests' in spec else None
    if not groups or not asked:
        return {}
    return pair(ports(asked.requests), groups)


def ports(requests: Iterable[protocols.InstancePCIRequest],
          ) -> list[protocols.InstancePCIRequest]:
    """Return the requests that are of ports, each for a VF.

    Of the PF itself, and of vDPA devices, Nova publishes no interface that
    could be that of a group.
    """
    return [each for each in requests
            if ('alias_name' not in each or each.alias_name is None)
            and 'requester_id' in each and each.requester_id
            and not any(spec.get('dev_type') for spec in each.spec)]


def is_named(request: protocols.InstancePCIRequest) -> bool:
    """Whether it is written into a request which PF Placement chose."""
    return any(_INTERFACE in spec for spec in request.spec)


def forget(request: protocols.InstancePCIRequest) -> None:
    """Take out of a request which PF Placement chose."""
    if is_named(request):
        request.spec = [_without(spec) for spec in request.spec]


def _without(spec: Mapping[str, str | None]) -> dict[str, str | None]:
    return {key: value for key, value in spec.items() if key != _INTERFACE}


@contextlib.contextmanager
def unnamed(requests: Iterable[protocols.InstancePCIRequest],
            ) -> Iterator[None]:
    """Let requests of ports be without the PFs that Placement chose."""
    kept = [(request, request.spec) for request in ports(requests)
            if is_named(request)]
    for request, _ in kept:
        forget(request)
    try:
        yield
    finally:
        for request, spec in kept:
            request.spec = spec


def pair(asked: Sequence[protocols.InstancePCIRequest],
         groups: Iterable[protocols.RequestGroup]) -> Groups:
    """Give each group to a port that it may be of.

    :param asked: of the ports
    :returns: as ``of_spec``
    """
    found: dict[str, str] = {}
    left = [each for each in groups if _is_of_pf(each)]
    named = {each.requester_id for each in left}
    free = [each for each in asked if each.requester_id not in named]
    taken = {each.requester_id for each in asked} & named
    for group in left:
        if group.requester_id in taken:
            continue
        fits = [each for each in free if _may_be_of(group, each)]
        if len({_kind(each) for each in fits}) == 1:
            found[str(fits[0].requester_id)] = group.requester_id
            free.remove(fits[0])
    return found


def _is_of_pf(group: protocols.RequestGroup) -> bool:
    """Whether a group is the bandwidth of a port that has a VF."""
    return (any(name.startswith(BANDWIDTH) for name in group.resources)
            and not _OF_VFS.isdisjoint(group.required_traits))


def _may_be_of(group: protocols.RequestGroup,
               asked: protocols.InstancePCIRequest) -> bool:
    """Whether a group is of the network of a port."""
    physnet = asked.spec[0].get('physical_network')
    networks = {trait for trait in group.required_traits
                if trait.startswith(_PHYSNET)}
    # What agents report of tunnelled networks is of no PF.
    return bool(physnet) and networks == {
        os_traits.normalize_name(f'PHYSNET_{physnet}')}


def _kind(asked: protocols.InstancePCIRequest) -> str:
    """Return what is equal for ports that ask the same."""
    policy = asked.numa_policy if 'numa_policy' in asked else None
    return repr((asked.count, [sorted(_without(each).items())
                               for each in asked.spec], policy))
