#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
