# SPDX-License-Identifier: Apache-2.0

"""The hosts of the cloud, and the recordings that they report."""

import dataclasses
import pathlib
from collections.abc import Mapping

from cloud import layout
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model import inventory
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType

RECORDINGS = layout.ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'
#: Host to what it reports. Two are alike, so that servers with ports of
#: physnet2 can move; a1 has devices on the other two.
HOSTS: Mapping[str, str] = {
    'igb-1': 'igb-host', 'igb-2': 'igb-host', 'gpu-1': 'gpu-host',
    'plain-1': 'plain-host'}

#: The host whose compute is started by nova-compute-pci.
BY_OUR_COMMAND = 'igb-2'


def recorded(place: layout.Layout) -> tuple[str, ...]:
    """Return the hosts whose computes are started with the cloud."""
    return () if place.joined else tuple(HOSTS)


def recording(host: str) -> inventory.Inventory:
    """Return what a host has when the cloud is new: no guest yet."""
    found = inventory_file.read_inventory(RECORDINGS / f'{HOSTS[host]}.json')
    parents = {device.address: device for device in found.devices}
    return dataclasses.replace(found, devices=tuple(
        _given_back(device, parents.get(device.parent))
        if device.parent else device for device in found.devices))


def _given_back(device: Device, parent: Device | None) -> Device:
    """Return a VF that a guest had in the recording as its PF's others are.

    A VF on vfio-pci has no network interface, and macvtap needs one.
    """
    if (parent is None or not parent.netdevs or device.netdevs
            or device.dev_type is not DeviceType.VF
            or device.driver != 'vfio-pci'):
        return device
    return dataclasses.replace(
        device, driver='igbvf',
        netdevs=(f'{parent.netdevs[0]}v{device.vf_index}',))


def inventory_path(place: layout.Layout, host: str) -> pathlib.Path:
    """Return the file that the host's compute reads."""
    return place.state / host / 'pci-inventory.json'


def plug(place: layout.Layout, host: str, found: inventory.Inventory) -> None:
    """Let a host have these devices from now on.

    The compute may read at any moment, so the file is replaced at once.
    """
    path = inventory_path(place, host)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix('.draft')
    inventory_file.write_inventory(found, draft)
    draft.replace(path)
