# SPDX-License-Identifier: Apache-2.0

"""``compute_driver = pci_ext.RecordedDriver``: a host without hardware."""

import json
import pathlib
from collections.abc import Iterable

import nova.conf
from nova.compute import power_state
from nova.virt import fake
from nova.virt import node

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model import inventory
from nova_pci_ext.novaobj import device_reports
from nova_pci_ext.novaobj import topology
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import ImageMeta
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import Migration
from nova_pci_ext.novaobj.protocols import Vif
from nova_pci_ext.virt import driver
from nova_pci_ext.virt import guest_elements
from nova_pci_ext.virt import hand_over

CONF = nova.conf.CONF


class RecordedHost(fake.FakeDriver):
    """Nova's fake driver with the devices of a recorded host.

    All above the driver is real: what Nova's resource tracker, scheduler
    and network code do with these devices, they would do with hardware.
    Paths and the node's identity are read once, because several computes
    share one configuration in an embedded Nova.
    """

    def __init__(self, virtapi: object, read_only: bool = False) -> None:
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
                known['name'], power_state.RUNNING if known['running']
                else power_state.SHUTDOWN, known['server'])

    def running_guests(self) -> list[str]:
        """Return the UUIDs of the guests that are not powered off."""
        return [uuid for uuid in self.instances if self._runs(uuid)]

    def _runs(self, uuid: str) -> bool:
        return (uuid in self.instances
                and self.instances[uuid].state == power_state.RUNNING)

    def _read(self) -> inventory.Inventory:
        return inventory_file.read_inventory(self._path)

    def _set_size(self, found: inventory.Inventory) -> None:
        """Offer as many CPUs and as much memory as the host has."""
        if found.numa_cells:
            self.vcpus = sum(len(cell.cpus) for cell in found.numa_cells)
            self.memory_mb = sum(cell.memory_mb for cell in found.numa_cells)
            self.resources = fake.Resources(
                self.vcpus, self.memory_mb, self.local_gb)

    def get_available_resource(self, nodename: str) -> dict[str, object]:
        """Report the recorded host in the form of the libvirt driver."""
        report: dict[str, object] = super().get_available_resource(nodename)
        if report:
            found = self._read()
            report['uuid'] = self._node_uuid
            report['pci_passthrough_devices'] = json.dumps(
                device_reports.passthrough_devices(found.devices))
            if found.numa_cells:
                report['numa_topology'] = topology.numa_topology(
                    found.numa_cells)._to_json()
        return report

    def get_nodenames_by_uuid(self, refresh: bool = False) -> dict[str, str]:
        """Return the one node under its persistent identity."""
        (name,) = self.get_available_nodes(refresh)
        return {self._node_uuid: name}

    def spawn(self, context: Context, instance: Instance, *args: object,
              network_info: Iterable[Vif] | None = None,
              **kwargs: object) -> None:
        """Write down what the guest would have been built from.

        A guest is not built from a bad binding, so that is read first.
        """
        described = self._describe(instance, network_info)
        super().spawn(context, instance, *args, network_info=network_info,
                      **kwargs)
        self._write(described)

    def power_off(self, instance: Instance, *args: object,
                  **kwargs: object) -> None:
        """Stop a guest."""
        super().power_off(instance, *args, **kwargs)
        hand_over.set_running(self._state_path, instance.uuid, running=False)

    def power_on(self, context: Context, instance: Instance, *args: object,
                 **kwargs: object) -> None:
        """Start a guest."""
        super().power_on(context, instance, *args, **kwargs)
        hand_over.set_running(self._state_path, instance.uuid, running=True)

    def reboot(self, context: Context, instance: Instance,
               network_info: Iterable[Vif], reboot_type: str, *args: object,
               **kwargs: object) -> None:
        """Build a guest anew, unless the reboot is soft."""
        described = (None if reboot_type == 'SOFT'
                     else self._describe(instance, network_info))
        super().reboot(context, instance, network_info, reboot_type, *args,
                       **kwargs)
        if described is not None:
            self._write(described)

    def migrate_disk_and_power_off(self, context: Context, instance: Instance,
                                   *args: object, **kwargs: object) -> object:
        """Stop a guest that moves; Nova's fake driver lets it run."""
        disk_info: object = super().migrate_disk_and_power_off(
            context, instance, *args, **kwargs)
        if instance.uuid in self.instances:
            self.power_off(instance)
        return disk_info

    def finish_migration(self, context: Context, migration: Migration,
                         instance: Instance, disk_info: object,
                         network_info: Iterable[Vif], *args: object,
                         **kwargs: object) -> None:
        """Start a moved guest; Nova's fake driver does without its ports."""
        super().finish_migration(context, migration, instance, disk_info,
                                 network_info, *args, **kwargs)
        self._rewrite(instance, network_info)

    def finish_revert_migration(self, context: Context, instance: Instance,
                                network_info: Iterable[Vif], *args: object,
                                **kwargs: object) -> None:
        """Start a guest that came back."""
        super().finish_revert_migration(context, instance, network_info,
                                        *args, **kwargs)
        self._rewrite(instance, network_info)

    def attach_interface(self, context: Context, instance: Instance,
                         image_meta: ImageMeta, vif: Vif) -> None:
        """Add a port to a guest."""
        others = _without(instance.get_network_info(), vif)
        described = self._describe(instance, [*others, vif])
        super().attach_interface(context, instance, image_meta, vif)
        self._write(described)

    def detach_interface(self, context: Context, instance: Instance,
                         vif: Vif) -> None:
        """Take a port from a guest."""
        super().detach_interface(context, instance, vif)
        self._rewrite(instance, _without(instance.get_network_info(), vif))

    def _rewrite(self, instance: Instance,
                 network_info: Iterable[Vif]) -> None:
        self._write(self._describe(instance, network_info))

    def _write(self, described: hand_over.Record) -> None:
        hand_over.write(self._state_path, described,
                        running=self._runs(described['server']))

    def _describe(self, instance: Instance,
                  network_info: Iterable[Vif] | None) -> hand_over.Record:
        return hand_over.describe(
            instance, network_info or (),
            guest_elements.GuestElements(self._read()))

    def destroy(self, context: Context, instance: Instance, *args: object,
                **kwargs: object) -> None:
        """Forget the guest."""
        super().destroy(context, instance, *args, **kwargs)
        hand_over.remove(self._state_path, instance.uuid)


def _without(network_info: Iterable[Vif], vif: Vif) -> list[Vif]:
    return [other for other in network_info if other['id'] != vif['id']]


class RecordedDriver(driver.PciExtDriver, RecordedHost):
    """The recorded host on our tracker, which ``compute_driver`` names."""

    hooks_part = Part.RECORDED
