# SPDX-License-Identifier: Apache-2.0

"""Placement allocations that go with devices to other addresses.

A provider is named by the address of its device, and Nova only adds to the
allocations of an instance.  So what an owner has left at the old address is
taken out of the allocations that Nova replaces in the same request, or those
who come there would not fit beside it.
"""

import collections
import typing
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import MutableMapping

import os_traits
from oslo_log import log as logging

from nova_pci_ext.compute import moving_rows
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.novaobj import protocols

LOG = logging.getLogger(__name__)

Resources = MutableMapping[str, int]
#: By provider: what a consumer has there.
Allocated = MutableMapping[str, MutableMapping[str, Resources]]


class Consumer(typing.TypedDict):
    """What is used of what Nova knows of a consumer."""

    allocations: Allocated


Allocations = MutableMapping[str, Consumer]


class Provider(typing.Protocol):
    """What is used of Nova's description of a provider."""

    name: str
    traits: Collection[str]
    inventory: Mapping[str, Mapping[str, int | float]]


class Tree(typing.Protocol):
    """What is used of ``nova.compute.provider_tree.ProviderTree``."""

    def get_provider_uuids(self) -> list[str]:
        """Return all providers of the tree."""

    def data(self, name_or_uuid: str) -> Provider:
        """Return what is known of a provider."""


def leave_old(tree: Tree, node: str, devices: Iterable[protocols.PciDevice],
              allocations: Allocations, resizing: Collection[str]) -> bool:
    """Take out what owners of devices that moved have at other addresses.

    :param node: ``hypervisor_hostname``
    :param allocations: of the tree by consumer; they are changed
    :param resizing: instances that Nova leaves alone too
    :returns: whether anything was taken out
    """
    held: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter)
    followed = set()
    for dev in devices:
        if dev.status in OWNED and dev.instance_uuid:
            head = (dev.parent_addr if dev.dev_type in CHILD_TYPES
                    else dev.address)
            # As Nova's PlacementView calls it.
            held[dev.instance_uuid][f'{node}_{(head or "").upper()}'] += 1
            if moving_rows.came_from(dev):
                followed.add(dev.instance_uuid)
    consumers = [uuid for uuid in sorted(followed)
                 if uuid in allocations and uuid not in resizing]
    if not consumers:
        return False
    names = {uuid: data.name for uuid in tree.get_provider_uuids()
             if os_traits.COMPUTE_MANAGED_PCI_DEVICE
             in (data := tree.data(uuid)).traits}
    changed = False
    for consumer in consumers:
        changed |= _leave(consumer, allocations[consumer]['allocations'],
                          names, held[consumer])
    return changed


def _leave(consumer: str, allocated: Allocated, names: dict[str, str],
           held: collections.Counter[str]) -> bool:
    changed = False
    for uuid in [uuid for uuid in allocated if uuid in names]:
        resources: Resources = allocated[uuid]['resources']
        left = held[names[uuid]]
        if sum(resources.values()) <= left:
            continue
        if left == 0:
            del allocated[uuid]
        else:
            # Nova sets the number of what is left.
            for name in resources:
                resources[name] = min(resources[name], left)
        changed = True
        LOG.info('The devices of instance %(instance)s have other addresses '
                 'than before; its allocation of %(provider)s goes with them',
                 {'instance': consumer, 'provider': names[uuid]})
    return changed
