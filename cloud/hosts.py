# SPDX-License-Identifier: Apache-2.0

"""The hosts of the cloud, and the recordings that they report."""

import pathlib
from collections.abc import Mapping

from cloud import layout
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model import inventory

RECORDINGS = layout.ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'
#: Host to what it reports. Two are alike, so that servers with ports of
#: physnet2 can move; a1 has devices on the other two.
HOSTS: Mapping[str, str] = {
    'igb-1': 'igb-host', 'igb-2': 'igb-host', 'gpu-1': 'gpu-host',
    'plain-1': 'plain-host'}


def recorded(place: layout.Layout) -> tuple[str, ...]:
    """Return the hosts whose computes are started with the cloud."""
    return () if place.joined else tuple(HOSTS)


def recording(host: str) -> inventory.Inventory:
    """Return what a host has when the cloud is new."""
    return inventory_file.read_inventory(RECORDINGS / f'{HOSTS[host]}.json')


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
