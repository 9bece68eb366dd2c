# SPDX-License-Identifier: Apache-2.0

"""Two hosts, two flavors, and the cloud that runs on a folder.

Each host, with a PF that has VFs on two cards and a device without SR-IOV:

    0000:41:00.0 PF   0000:41:10.0 .1 .2 VF
    0000:81:00.0 PF   0000:81:10.0 .1 .2 VF
    0000:c1:00.0 PCI

``small`` asks for two VFs and the plain device, ``big`` for a PF and a VF,
which takes one card whole and breaks up the other.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

from nova import objects
from nova import rpc

from nova_pci_ext import install
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.quickstart import client
from nova_pci_ext.quickstart import database
from nova_pci_ext.quickstart import placement_service
from nova_pci_ext.quickstart import services
from nova_pci_ext.quickstart import settings
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import web

HOSTS = ('left', 'right')
FLAVORS = {'small': 'vf:2,plain:1', 'big': 'pf:1,vf:1'}
DEVICES_OF = {'small': 3, 'big': 2}
IMAGE = '155d900f-4e14-4e4c-a73d-069cbf4541e6'
# A snapshot of a cloud is used again much later, when its services have been
# silent for long; they count as alive all the same.
CONFIGURATION = """\
[DEFAULT]
service_down_time = 1000000
[pci]
device_spec = {"vendor_id": "8086", "product_id": "1521"}
device_spec = {"vendor_id": "8086", "product_id": "1520"}
device_spec = {"vendor_id": "10de", "product_id": "1db6"}
alias = {"name": "pf", "vendor_id": "8086", "product_id": "1521", \
"device_type": "type-PF"}
alias = {"name": "vf", "vendor_id": "8086", "product_id": "1520", \
"device_type": "type-VF"}
alias = {"name": "plain", "vendor_id": "10de", "product_id": "1db6"}
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,PciPassthroughFilter
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Cloud:
    """A running cloud: the client of its API, and its computes by host."""

    api: client.Client
    computes: dict[str, Any]


def card(bus: str) -> Iterator[Device]:
    """Yield one PF and its three VFs."""
    parent = PciAddress.parse(f'0000:{bus}:00.0')
    yield Device(address=parent, vendor_id='8086', product_id='1521',
                 dev_type=DeviceType.PF, total_vfs=7, num_vfs=3)
    for number in range(3):
        yield Device(
            address=PciAddress.parse(f'0000:{bus}:10.{number}'),
            vendor_id='8086', product_id='1520', dev_type=DeviceType.VF,
            parent=parent, vf_index=number)


def host_inventory(host: str) -> inventory.Inventory:
    """Return what a host of the scene has."""
    plain = Device(
        address=PciAddress.parse('0000:c1:00.0'), vendor_id='10de',
        product_id='1db6', dev_type=DeviceType.PCI)
    return inventory.Inventory(
        host=host, devices=(*card('41'), *card('81'), plain))


@contextlib.contextmanager
def run_cloud(folder: pathlib.Path) -> Iterator[Cloud]:
    """Start Nova's services on a folder, new or left behind by a kill.

    The path has to be the same at each start, because Nova keeps the place
    of a cell's database in another database.
    """
    fresh = not (folder / 'nova.conf').exists()
    install.find_drivers()
    objects.register_all()
    with contextlib.ExitStack() as stack:
        placement = stack.enter_context(
            placement_service.serve_placement(folder))
        written = folder / 'crash.conf'
        written.write_text(CONFIGURATION)
        settings.load_settings(written, folder, placement.url)
        stack.callback(rpc.cleanup)
        stack.enter_context(database.one_writer())
        if fresh:
            database.create_databases(folder)
        stack.enter_context(stand_ins.StandIns(()))
        _started(stack, services.start_conductor())
        _started(stack, services.start_scheduler())
        computes = {
            host: _started(stack, _start_compute(host, folder / host))
            for host in HOSTS}
        database.map_hosts()
        api = stack.enter_context(web.WebServer(services.load_api()))
        yield Cloud(client.Client(f'{api.url}/v2.1'), computes)


def _start_compute(host: str, state_path: pathlib.Path) -> Any:
    state_path.mkdir(exist_ok=True)
    inventory_file.write_inventory(
        host_inventory(host), state_path / services.INVENTORY_FILE)
    return services.start_compute(host, state_path)


def _started(stack: contextlib.ExitStack, service: Any) -> Any:
    stack.callback(service.stop)
    return service
