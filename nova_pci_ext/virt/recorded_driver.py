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

"""``compute_driver = pci_ext.RecordedDriver``: a host without hardware."""

import json
import pathlib
from typing import Any

import nova.conf
from nova.compute import power_state
from nova.virt import fake
from nova.virt import node

from nova_pci_ext.conf import pci_ext
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import passthrough
from nova_pci_ext.model import inventory
from nova_pci_ext.virt import driver
from nova_pci_ext.virt import hand_over
from nova_pci_ext.virt import topology

CONF = nova.conf.CONF


class RecordedDriver(driver.PciExtDriver, fake.FakeDriver):
    """Nova's fake driver with the devices of a recorded host.

    All above the driver is real: what Nova's resource tracker, scheduler
    and network code do with these devices, they would do with hardware.
    Paths and the node's identity are read once, because several computes
    share one configuration in an embedded Nova.
    """

    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        super().__init__(virtapi, read_only)
        pci_ext.register_opts(CONF)
        self._path = pathlib.Path(CONF.pci_ext.recorded_inventory)
        self._state_path = CONF.state_path
        self._node_uuid = node.get_local_node_uuid()
        self._set_size(self._read())

    def init_host(self, host: str) -> None:
        """Start as Nova's driver does, with the guests of an earlier run.

        Real guests outlive nova-compute; so do these.
        """
        super().init_host(host)
        self._set_nodes([host])
        for known in hand_over.read_all(self._state_path):
            self.instances[known['server']] = fake.FakeInstance(
                known['name'], power_state.RUNNING, known['server'])

    def _read(self) -> inventory.Inventory:
        return inventory_file.read_inventory(self._path)

    def _set_size(self, found: inventory.Inventory) -> None:
        """Offer as many CPUs and as much memory as the host has."""
        if found.numa_cells:
            self.vcpus = sum(len(cell.cpus) for cell in found.numa_cells)
            self.memory_mb = sum(cell.memory_mb for cell in found.numa_cells)
            self.resources = fake.Resources(
                self.vcpus, self.memory_mb, self.local_gb)

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """Report the recorded host in the form of the libvirt driver."""
        report: dict[str, Any] = super().get_available_resource(nodename)
        if report:
            found = self._read()
            report['uuid'] = self._node_uuid
            report['pci_passthrough_devices'] = json.dumps(
                passthrough.passthrough_devices(found.devices))
            if found.numa_cells:
                report['numa_topology'] = topology.numa_topology(
                    found.numa_cells)._to_json()
        return report

    def get_nodenames_by_uuid(self, refresh: bool = False) -> dict[str, str]:
        """Return the one node under its persistent identity."""
        (name,) = self.get_available_nodes(refresh)
        return {self._node_uuid: name}

    def spawn(self, context: Any, instance: Any, *args: Any,
              **kwargs: Any) -> None:
        """Write down what the guest would have been built from."""
        super().spawn(context, instance, *args, **kwargs)
        hand_over.write(self._state_path, hand_over.describe(
            instance, kwargs.get('network_info') or ()))

    def destroy(self, context: Any, instance: Any, *args: Any,
                **kwargs: Any) -> None:
        """Forget the guest."""
        super().destroy(context, instance, *args, **kwargs)
        hand_over.remove(self._state_path, instance.uuid)
