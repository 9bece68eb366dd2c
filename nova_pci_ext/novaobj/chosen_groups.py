# SPDX-License-Identifier: Apache-2.0

"""The groups of devices that a server was given as it asked for them.

A claim takes devices that are exactly one group.  Which one it is, their
rows say: they have the groups that the compute declares.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.handing_out import published
from nova_pci_ext.matching import set_binding
from nova_pci_ext.matching import set_values
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import requests as request_reader

#: A type of groups, and which group of it a server has, None for none.
Chosen = tuple[str, DeviceGroup | None]


def of_instance(instance: protocols.Instance) -> tuple[Chosen, ...]:
    """Return what a server has of each group that it asks for.

    Of two groups of the same devices it is the first by name.

    :param instance: with its flavor, its PCI requests and its devices
    :returns: in the order in which the flavor asks
    :raises ConfigErrors: when what its flavor asks for cannot be read
    """
    sets = [each for each in asked_sets.of_flavor(instance.flavor)
            if each.rule is SetRule.GROUP]
    if not sets:
        return ()
    return tuple(_chosen(sets, instance))


def _chosen(sets: Sequence[DeviceSet], instance: protocols.Instance,
            ) -> Iterator[Chosen]:
    requests = instance.pci_requests.requests
    # No set is about the interfaces of providers of bandwidth.
    asked = request_reader.device_requests(requests, None, lambda _: '')
    for constraint in set_binding.bind(sets, asked):
        ids = {asked[position].request_id
               for member in constraint.members for position in member}
        members = [device for device in instance.get_pci_devices()
                   if device.request_id in ids]
        name = _whole(constraint.attribute, members)
        yield constraint.attribute, None if name is None else DeviceGroup(
            type=constraint.attribute, name=name, addresses=tuple(sorted(
                PciAddress.parse(device.address) for device in members)))


def _whole(kind: str, members: Iterable[protocols.PciDevice]) -> str | None:
    """Name the group of a type that some devices are, None where none is."""
    groups = [set(set_values.values(SetRule.GROUP, kind, _pool(device)))
              for device in members]
    whole = sorted(group for group in set.intersection(*groups)
                   if set_values.size(group) == len(groups)) if groups else []
    return set_values.shown(SetRule.GROUP, whole[0]) if whole else None


def _pool(device: protocols.PciDevice) -> Pool:
    """Return a pool of one device, as sets look at it."""
    return Pool(
        published.pool_class(device.vendor_id, device.product_id,
                             device.numa_node, {'dev_type': device.dev_type}),
        device.parent_addr or device.address, None, 1, (device.address,),
        tuple(sorted(placed.tags(device.extra_info).items())))
