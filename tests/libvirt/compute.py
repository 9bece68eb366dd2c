# SPDX-License-Identifier: Apache-2.0

"""One nova-compute on this machine's libvirtd, and what came of it, as JSON.

Conductor, Placement and the databases are those of the embedded Nova: all of
it is Nova's own code, in this process. Nova's configuration is global, so it
runs once in a process; ``python -m tests.libvirt.compute DRIVER FOLDER``.
"""

import contextlib
import json
import os
import pathlib
import sys
import traceback

import nova.conf
from nova import context
from nova import objects

from nova_pci_ext import install
from nova_pci_ext.compute import hotplug
from nova_pci_ext.quickstart import database
from nova_pci_ext.quickstart import placement_service
from nova_pci_ext.quickstart import services
from nova_pci_ext.quickstart import settings
from tests.libvirt import NOVA_CONF

HOST = 'igb-host'
GUESTS = {'running': '00000000-0000-0000-0000-000000000001',
          'stopped': '00000000-0000-0000-0000-000000000002'}
GUEST_XML = """\
<domain type='qemu'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os>
</domain>
"""


def main(driver, folder):
    """Start nova-compute with a driver, and print what it has written."""
    install.find_drivers()
    objects.register_all()
    with contextlib.ExitStack() as stack:
        placement = stack.enter_context(
            placement_service.serve_placement(folder))
        settings.load_settings(NOVA_CONF, folder, placement.url, debug=False)
        state_path = folder / HOST
        state_path.mkdir()
        nova.conf.CONF.set_override('compute_driver', driver)
        nova.conf.CONF.set_override('virt_type', 'qemu', 'libvirt')
        nova.conf.CONF.set_override('instances_path', str(state_path))
        stack.enter_context(database.one_writer())
        database.create_databases(folder)
        services.start_conductor()
        compute = services.start_compute(HOST, state_path)
        with guests(compute.manager.driver):
            print(json.dumps(written(compute.manager)))


@contextlib.contextmanager
def guests(driver):
    """Let libvirt have two guests that Nova does not know; one runs.

    A nova-compute that is new would not start beside them.
    """
    connection = driver._host.get_connection()
    with contextlib.ExitStack() as ends:
        ends.callback(connection.defineXML(GUEST_XML.format(
            name='stopped', uuid=GUESTS['stopped'])).undefine)
        ends.callback(connection.createXML(GUEST_XML.format(
            name='running', uuid=GUESTS['running'])).destroy)
        yield


def written(manager):
    """Return the classes in place, the reports, the rows and the pools."""
    admin = context.get_admin_context()
    node = objects.ComputeNode.get_first_node_by_host_for_old_compat(
        admin, HOST)
    tracker = manager.rt.pci_tracker
    reported = manager.driver.get_available_resource(
        node.hypervisor_hostname)['pci_passthrough_devices']
    return {
        'driver': path_of(manager.driver), 'tracker': path_of(tracker),
        'guests': [name for name, uuid in GUESTS.items() if uuid in
                   hotplug.REPORTS.guests(node.hypervisor_hostname)],
        'stats': path_of(tracker.stats),
        'reported': sorted(json.loads(reported),
                           key=lambda each: each['address']),
        'rows': sorted((row_of(device) for device in
                        objects.PciDeviceList.get_by_compute_node(
                            admin, node.id)),
                       key=lambda each: each['address']),
        'pools': sorted((pool.to_dict() for pool in node.pci_device_pools),
                        key=lambda each: json.dumps(each, sort_keys=True))}


def row_of(device):
    """Return a row of pci_devices without what differs in each run."""
    return {name: getattr(device, name) for name in (
        'address', 'vendor_id', 'product_id', 'dev_type', 'status',
        'parent_addr', 'numa_node', 'label', 'extra_info')}


def path_of(thing):
    """Return where the class of an object is defined."""
    return f'{type(thing).__module__}.{type(thing).__qualname__}'


if __name__ == '__main__':
    # libvirt's event thread is not a daemon and would keep the process.
    status = 1
    try:
        main(sys.argv[1], pathlib.Path(sys.argv[2]))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
