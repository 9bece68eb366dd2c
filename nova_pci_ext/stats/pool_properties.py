# SPDX-License-Identifier: Apache-2.0

"""What all devices of a pool have in common, read from one of them."""

import json
import typing
from collections.abc import Mapping

from nova_pci_ext.handing_out import published
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.stats.device_pools import PoolDict

_SRIOV = 'sriov'


def properties(dev: protocols.PciDevice,
               tags: Mapping[str, typing.Any]) -> PoolDict:
    """Return what all devices of a device's pool have in common.

    :param tags: of the device_spec entry that hands it out
    """
    return {**{key: getattr(dev, key) for key in published.POOL_KEYS},
            **published.pool_tags(dev.dev_type, tags,
                                  dev.extra_info.get('parent_ifname'),
                                  is_nic=_is_nic_vf(dev),
                                  place=placed.tags(dev.extra_info)),
            # Providers are PFs or single devices, so pools must not be wider.
            'address': dev.parent_addr or dev.address}


def _is_nic_vf(dev: protocols.PciDevice) -> bool:
    """Whether a VF is reported with the MAC address of its PF."""
    if dev.dev_type != DeviceType.VF:
        return False
    # Nova's row has the capabilities as JSON, of which few are of such VFs.
    text = dev.extra_info.get('capabilities') or ''
    if _SRIOV not in text:
        return False
    found = json.loads(text)
    return isinstance(found, dict) and bool(found.get(_SRIOV))
