# SPDX-License-Identifier: Apache-2.0

"""Builders of Nova's objects around PCI: devices, requests, host states."""

import datetime
import uuid

from nova import objects
from nova.objects import pci_device_pool
from nova.pci import whitelist
from nova.scheduler import host_manager
from oslo_serialization import jsonutils

from nova_pci_ext import stats

objects.register_all()

LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def device(address, dev_type='type-VF', *, product='0001', parent=None,
           numa=0, provider=None):
    """Return an available device."""
    found = objects.PciDevice.create(None, {
        'compute_node_id': 1, 'address': address, 'vendor_id': '8086',
        'product_id': product, 'status': 'available', 'request_id': None,
        'dev_type': dev_type, 'parent_addr': parent, 'numa_node': numa})
    if provider:
        found.extra_info = {'rp_uuid': provider}
    return found


def family(group, children, *, numa=0, pf_numa=None, provider=None,
           child_type='type-VF', child_provider=None):
    """Return a PF and its VFs: 0000:81:00.0 has 0000:81:01.0 and so on."""
    parent = device(group, 'type-PF', product='00ff', provider=provider,
                    numa=numa if pf_numa is None else pf_numa)
    found = [device(f'{group[:8]}01.{number}', child_type, parent=group,
                    numa=numa, provider=child_provider)
             for number in range(children)]
    parent.child_devices = list(found)
    for child in found:
        child.parent_device = parent
    return [parent, *found]


def topology(*sockets):
    """Return a host topology: the socket of each node."""
    return objects.NUMATopology(cells=[
        objects.NUMACell(id=node, socket=socket)
        for node, socket in enumerate(sockets)])


def cells(*nodes):
    """Return guest cells on host nodes."""
    return [objects.InstanceNUMACell(id=node, cpuset=set(), pcpuset=set(),
                                     memory=512) for node in nodes]


def compute_stats(devices, device_spec=({'address': '*:*:*.*'},),
                  numa_topology=None):
    """Return the statistics of a compute, devices added in their order."""
    found = stats.PciDeviceStats(
        numa_topology or topology(0, 1),
        dev_filter=whitelist.Whitelist(
            [jsonutils.dumps(entry) for entry in device_spec]))
    for dev in devices:
        found.add_device(dev)
    return found


def scheduler_stats(compute):
    """Return what the scheduler makes of a compute's published pools."""
    rows = pci_device_pool.from_pci_stats(jsonutils.dumps(
        compute.to_device_pools_obj().obj_to_primitive()))
    return stats.PciDeviceStats(compute.numa_topology, stats=rows)


def asked(*spec, count=1, policy=None, alias='a1', request_id=None):
    """Return a request of a flavor; with alias None, of a port."""
    return objects.InstancePCIRequest(
        count=count, spec=list(spec), alias_name=alias, numa_policy=policy,
        request_id=request_id or str(uuid.uuid4()))


def request_spec(*requests, **more):
    """Return a request spec with PCI requests."""
    return objects.RequestSpec(
        pci_requests=objects.InstancePCIRequests(requests=list(requests)),
        **more)


def host_state(name, pci_stats, candidates=({'mappings': {}},),
               updated=LONG_AGO):
    """Return a host state as the scheduler has it for one request."""
    found = host_manager.HostState(name, f'{name}-node', None)
    found.uuid = f'{name}-uuid'
    found.updated = updated
    found.pci_stats = pci_stats
    found.allocation_candidates = list(candidates)
    return found
