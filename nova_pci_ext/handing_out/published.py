# SPDX-License-Identifier: Apache-2.0

"""What a compute publishes of a device, and what the scheduler reads of it.

``Device`` and ``DeviceSpec`` become the ``PoolClass`` that the rules look at
here, whoever asks: the compute when it pools devices, the scheduler when it
reads pools, ``check`` when it looks at a host.
"""

import types
from collections.abc import Mapping

from nova_pci_ext.matching import rules
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device import is_nic_vf
from nova_pci_ext.model.device import parent_interface
from nova_pci_ext.model.device_set import is_place_tag
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.tag_values import IGNORED
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.model.tag_values import TYPES

#: What Nova's pools say of a device beside the tags of its entry.
POOL_KEYS = ('product_id', 'vendor_id', 'numa_node', 'dev_type')
# Placement uses the first three; the others would replace what the device is.
_NO_TAGS = frozenset({'resource_class', 'traits', 'rp_uuid', 'address',
                      'count', 'devices', *POOL_KEYS})
# Nova adds "remote_managed" to these, so that computes which never heard of
# the tag and those that do publish the same pools.
_NETWORK_TYPES = frozenset({DeviceType.VF, DeviceType.PF, DeviceType.VDPA})


def pool_tags(dev_type: str, tags: Mapping[str, object],
              interface: str | None, *, is_nic: bool = False,
              place: Mapping[str, str] = types.MappingProxyType({}),
              ) -> dict[str, object]:
    """Return the tags of the pool of a device.

    A VF of a NIC that has no network interface of its own, since it is on
    vfio-pci or on no driver, looks like the VF of a GPU.  It is published as
    a NIC for tunnelled networks, as an operator would tag it.

    :param tags: of the device_spec entry that hands it out
    :param interface: network interface of its PF, as Nova's driver has it
    :param is_nic: whether it is a VF of a NIC, as Nova's driver tells it
    :param place: the tags that say where it is; an entry cannot say that
    """
    found = {key: value for key, value in tags.items()
             if key not in _NO_TAGS and not is_place_tag(key)}
    if interface:
        found['parent_ifname'] = interface
    elif is_nic:
        found.setdefault(rules.PHYSICAL_NETWORK, None)
    if (dev_type in _NETWORK_TYPES
            and found.get(rules.REMOTE_MANAGED) is None):
        found[rules.REMOTE_MANAGED] = 'false'
    found.update(place)
    return found


def pool_class(vendor_id: object, product_id: object, numa_node: int | None,
               tags: Mapping[str, object]) -> PoolClass:
    """Read what a pool says of its devices.

    :param tags: its other properties, the type of the devices among them
    """
    dev_type = TYPES.get(text(tags.get('dev_type')) or '')
    found = {key: text(value) for key, value in tags.items()
             if key not in IGNORED}
    if dev_type is not None:
        del found['dev_type']
    return PoolClass(
        vendor_id=text(vendor_id) or '', product_id=text(product_id) or '',
        dev_type=dev_type, numa_node=numa_node,
        tags=tuple(sorted((key, value) for key, value in found.items()
                          if value is not None)),
        is_network=_is_network(dev_type, found))


def device_class(device: Device, parent: Device | None,
                 spec: DeviceSpec) -> PoolClass:
    """Return the class of a device that an entry hands out.

    :param parent: its PF, None where it has none or none is known
    """
    return pool_class(
        device.vendor_id, device.product_id, device.numa_node,
        {'dev_type': device.dev_type.value,
         **pool_tags(device.dev_type, spec.tags,
                     parent_interface(device, parent),
                     is_nic=is_nic_vf(device, parent))})


def _is_network(dev_type: DeviceType | None,
                tags: Mapping[str, str | None]) -> bool:
    """Tell a NIC from a GPU by what Nova publishes of a pool.

    ``"physical_network": null`` is how an operator tags a NIC for tunnelled
    networks; ``parent_ifname`` is set by Nova's driver for the VFs of a PF
    that has a network interface.
    """
    return ('physical_network' in tags or bool(tags.get('parent_ifname'))
            or tags.get('remote_managed') == 'true'
            or dev_type is DeviceType.VDPA)
