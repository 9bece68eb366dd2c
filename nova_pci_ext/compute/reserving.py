# SPDX-License-Identifier: Apache-2.0

"""Devices in Placement that are drained: reserved, and given back.

Placement offers ``total - reserved`` of a provider, whatever is used of it.
Nova reserves all of a one-time-use device that was used; so do we with a
provider all of whose devices are drained.  What somebody else had reserved
before is noted with the devices, and comes back.
"""

import typing
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import nova.conf
from nova.compute import pci_placement_translator

from nova_pci_ext.compute import followed_allocations
from nova_pci_ext.compute import noted_providers
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import wrapping

CONF = nova.conf.CONF

Inventory = Mapping[str, int | float]


class Tree(followed_allocations.Tree, typing.Protocol):
    """What is used of ``nova.compute.provider_tree.ProviderTree``."""

    def exists(self, name_or_uuid: str) -> bool:
        """Whether there is such a provider."""

    def update_inventory(self, name_or_uuid: str,
                         inventory: Mapping[str, Inventory]) -> bool:
        """Replace all inventories of a provider."""


class Tracker(typing.Protocol):
    """What is used of our tracker."""

    @property
    def pci_devs(self) -> Iterable[protocols.PciDevice]:
        """All devices of the node."""


def install() -> None:
    """Wrap Nova's function in this process, once."""
    wrapping.install([(pci_placement_translator,
                       'update_provider_tree_for_pci', _with_reserved)])


def _with_reserved(original: Callable[..., object]) -> Callable[..., object]:
    """Wrap the step that puts devices into the tree of a node."""
    def update_provider_tree_for_pci(
            provider_tree: Tree, nodename: str, pci_tracker: Tracker,
            allocations: followed_allocations.Allocations,
            instances_under_same_host_resize: Collection[str]) -> object:
        changed = followed_allocations.leave_old(
            provider_tree, nodename, pci_tracker.pci_devs, allocations,
            instances_under_same_host_resize)
        with noted_providers.written(pci_tracker.pci_devs):
            updated = original(provider_tree, nodename, pci_tracker,
                               allocations, instances_under_same_host_resize)
        if CONF.pci.report_in_placement:
            noted_providers.forget(pci_tracker.pci_devs, provider_tree.exists)
        reserve(provider_tree, nodename, pci_tracker.pci_devs)
        return updated or changed
    return update_provider_tree_for_pci


def reserve(tree: Tree, node: str,
            devices: Iterable[protocols.PciDevice]) -> None:
    """Reserve what is drained, and give back what is not any more.

    :param tree: as Nova has filled it
    :param node: ``hypervisor_hostname``
    """
    providers: dict[str, list[protocols.PciDevice]] = {}
    for dev in devices:
        if dev.status not in GONE:
            # As Nova's PlacementView calls them.
            head = (dev.parent_addr if dev.dev_type in CHILD_TYPES
                    else dev.address)
            providers.setdefault(f'{node}_{(head or "").upper()}',
                                 []).append(dev)
    for name, held in providers.items():
        drained = [dev for dev in held
                   if drain_notes.reason(dev.extra_info) is not None]
        before = _before(held)
        if (drained or before is not None) and tree.exists(name):
            _reserve(tree, name, held, drained, before)


def _before(held: Iterable[protocols.PciDevice]) -> int | None:
    """Return what was reserved before any of the devices was drained."""
    return next((before for before in (
        drain_notes.reserved_before(dev.extra_info) for dev in held)
        if before is not None), None)


def _reserve(tree: Tree, name: str, held: Sequence[protocols.PciDevice],
             drained: Sequence[protocols.PciDevice],
             before: int | None) -> None:
    """Reserve devices of one provider; it has inventory of one class.

    Placement may refuse what is put into the tree here: another writer was
    faster, and Nova calls at once again with what there is, or it is down.
    So the note of what was reserved before goes only when Placement has it.
    """
    inventories = tree.data(name).inventory
    now = max((int(each.get('reserved', 0))
               for each in inventories.values()), default=0)
    if before is None:
        before = now
    # Placement counts what a server has as used already.
    free = sum(dev.status not in OWNED for dev in drained)
    tree.update_inventory(name, {
        resource_class: {**each, 'reserved': min(
            each['total'], each['total'] if len(drained) == len(held)
            else before + free)}
        for resource_class, each in inventories.items()})
    if drained or now == before:
        for dev in held:
            drain_notes.put(dev, drain_notes.RESERVED,
                            str(before) if drained else None)
