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
_HELD = tuple([(key, f'_obj_{key}') for key in published.POOL_KEYS])


def properties(dev: protocols.PciDevice,
               tags: Mapping[str, typing.Any]) -> PoolDict:
    """Return what all devices of a device's pool have in common.

    :param tags: of the device_spec entry that hands it out
    """
    held = vars(dev)
    # What is set; a getter takes its time, and loads what is not.
    found = {key: held[name] if name in held else getattr(dev, key)
             for key, name in _HELD}
    dev_type, extra = found['dev_type'], dev.extra_info
    return {**found,
            **published.pool_tags(dev_type, tags, extra.get('parent_ifname'),
                                  is_nic=_is_nic_vf(dev_type, extra),
                                  place=placed.tags(extra)),
            # Providers are PFs or single devices, so pools must not be wider.
            'address': dev.parent_addr or dev._obj_address}


def _is_nic_vf(dev_type: str, extra: Mapping[str, str]) -> bool:
    """Whether a VF is reported with the MAC address of its PF."""
    if dev_type != DeviceType.VF:
        return False
    # Nova's row has the capabilities as JSON, of which few are of such VFs.
    text = extra.get('capabilities') or ''
    if _SRIOV not in text:
        return False
    found = json.loads(text)
    return isinstance(found, dict) and bool(found.get(_SRIOV))
