# SPDX-License-Identifier: Apache-2.0

"""What Placement would offer of a recorded host.

::

    PF 0000:3b:00.0          provider "0000:3b:00.0": 4 of CUSTOM_RDMA_VF
      VF .2 .3 .4 .5
    GPU 0000:41:00.0         provider "0000:41:00.0": 1 of CUSTOM_GPU

A device with a physical network is in no provider.
"""

import collections
import dataclasses
import itertools
import uuid
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.compute import device_filter
from nova_pci_ext.explaining import hosts
from nova_pci_ext.handing_out import placement
from nova_pci_ext.handing_out.placement import PlacementTerms
from nova_pci_ext.model import provider
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import RequestGroup
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import offers

# Placement has a limit too; the devices of one provider are equal.
MAX_CANDIDATES = 1000
_NAMESPACE = uuid.UUID('6f3c9e52-0c1d-5f3e-9a43-6a1df60f5b0e')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One resource provider.

    :ivar free: devices that nobody has
    """

    provider_id: str
    terms: PlacementTerms
    free: int


def stamp(devices: Iterable[PciDevice], found: Inventory,
          entries: device_filter.DeviceFilter) -> tuple[Provider, ...]:
    """Write into each free device the provider that it is in.

    :param devices: Nova's objects of the free devices of the host
    :param entries: the entries of the host
    :returns: the providers, in the order of their devices
    """
    known = {device.address: device for device in found.devices}
    terms: dict[str, PlacementTerms] = {}
    free: collections.Counter[str] = collections.Counter()
    for dev in devices:
        entry = entries.get_devspec(dev)
        offered = entry and placement.offered(
            known[PciAddress.parse(dev.address)], entry.parsed)
        if not offered:
            continue
        provider_id = str(uuid.uuid5(
            _NAMESPACE, f'{found.host}_{dev.parent_addr or dev.address}'))
        dev.extra_info = {**dev.extra_info, 'rp_uuid': provider_id}
        terms[provider_id] = offered
        free[provider_id] += 1
    return tuple(Provider(provider_id=each, terms=terms[each],
                          free=free[each]) for each in terms)


def offered(spec: RequestSpec, host: str,
            providers: Sequence[Provider]) -> list[offers.Offer]:
    """Return what our filter would read of a host in Placement's answer.

    :param spec: asks for devices of a flavor
    """
    assert spec.flavor is not None
    wanted = offers.want(
        flavor_requests(spec),
        isolate=spec.flavor.extra_specs.get('group_policy') == 'isolate')
    tree = offers.Tree(root=host, providers={
        each.provider_id: provider.Provider(
            uuid=each.provider_id, traits=each.terms.traits,
            free={each.terms.resource_class: each.free})
        for each in providers})
    if not any(term.fits(each) for term in wanted.asked
               for each in tree.providers.values()):
        return []
    return [offers.Offer({'allocations': {}, 'mappings': {}}, wanted, tree,
                         list)]


def flavor_requests(spec: RequestSpec) -> dict[str, InstancePCIRequest]:
    """Return the requests whose devices are in Placement, by id."""
    return {request.request_id: request
            for request in hosts.requests_of(spec)
            if request.request_id and terms.is_of_flavor(request)}


def candidates(groups: Sequence[RequestGroup], providers: Sequence[Provider],
               ) -> list[dict[str, Mapping[str, list[str]]]]:
    """Return Nova's allocation candidates of a host.

    :param groups: the request groups of PCI devices
    """
    return [{'mappings': {group.requester_id: [provider_id]
                          for group, provider_id in zip(
                              groups, chosen, strict=True)}}
            for chosen in itertools.islice(
                _choices(groups, providers, ()), MAX_CANDIDATES)]


def _choices(groups: Sequence[RequestGroup], providers: Sequence[Provider],
             chosen: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a provider for each group, as long as they have room."""
    if len(chosen) == len(groups):
        yield chosen
        return
    group = groups[len(chosen)]
    for each in providers:
        if (chosen.count(each.provider_id) < each.free
                and _serves(each, group)):
            yield from _choices(groups, providers,
                                (*chosen, each.provider_id))


def _serves(provider: Provider, group: RequestGroup) -> bool:
    return (set(group.resources) == {provider.terms.resource_class}
            and provider.terms.traits >= set(group.required_traits))
