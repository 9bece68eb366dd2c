# SPDX-License-Identifier: Apache-2.0

"""Where nova-compute claims devices: from what the instance holds.

The ResourceTracker is told the instance and its allocation with each claim;
its methods are wrapped so that our statistics know the allocation, and the
device sets of the flavor, too.
"""

import inspect
import typing
from collections.abc import Callable
from collections.abc import Mapping

import os_traits
from nova.compute import resource_tracker

from nova_pci_ext.compute import claimed_sets
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.stats import followed

Function = Callable[..., typing.Any]


def install() -> None:
    """Wrap Nova's methods in this process, once."""
    wrapping.install((resource_tracker.ResourceTracker, name, make)
                     for name, make in HOOKS.items())


def _with_allocations(original: Function) -> Function:
    """Wrap a claim that is told the allocations of its instance."""
    signature = inspect.signature(original)

    def claim(self: typing.Any, *args: typing.Any,
              **kwargs: typing.Any) -> typing.Any:
        given = signature.bind(self, *args, **kwargs).arguments
        sets = claimed_sets.of_claim(given['instance'],
                                     given.get('new_flavor'))
        with (followed.following(held(self, given.get('allocations'))),
              asked_sets.asked(sets)):
            return original(self, *args, **kwargs)
    return claim


def _with_requests(original: Function) -> Function:
    """Wrap the claim of a live migration, which is told requests only.

    Its source is held by the migration, as that of any move.
    """
    def claim_pci_devices(
            self: typing.Any, context: typing.Any, pci_requests: typing.Any,
            instance_numa_topology: typing.Any) -> typing.Any:
        allocations = None
        if any(map(terms.is_of_flavor, pci_requests.requests)):
            allocations = self.reportclient.get_allocations_for_consumer(
                context, pci_requests.instance_uuid)
        with (followed.following(held(self, allocations)),
              asked_sets.asked(claimed_sets.of_requests(context,
                                                        pci_requests))):
            return original(self, context, pci_requests,
                            instance_numa_topology)
    return claim_pci_devices


def held(tracker: typing.Any,
         allocations: Mapping[str, typing.Any] | None,
         ) -> dict[str, Provider] | None:
    """Return the providers of this host's devices in an allocation.

    An evacuated instance holds those of the other host as well.

    :param tracker: the ResourceTracker
    :returns: None where the allocation is not known
    """
    if not allocations or tracker.provider_tree is None:
        return None
    found = {}
    for uuid, allocation in allocations.items():
        try:
            known = tracker.provider_tree.data(uuid)
        except ValueError:
            continue
        if os_traits.COMPUTE_MANAGED_PCI_DEVICE in known.traits:
            found[uuid] = Provider(
                uuid=uuid, free=dict(allocation['resources']),
                traits=frozenset(known.traits))
    return found


#: name of the method, what makes ours of Nova's
HOOKS: Mapping[str, Callable[[Function], Function]] = {
    'instance_claim': _with_allocations,
    '_move_claim': _with_allocations,
    'claim_pci_devices': _with_requests,
}
