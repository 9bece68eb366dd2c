# SPDX-License-Identifier: Apache-2.0

"""Writes or reads what the services of a mixed cloud exchange, as JSON.

``write`` prints the row of pools, the device objects and the requests that
one Nova makes; ``read`` takes them on standard input and prints what another
Nova understands. Each with Nova's classes, or with ours in their place.
"""

import argparse
import json
import os
import sys

os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = 'true'

from nova import conf as nova_conf
from nova import context as nova_context
from nova import objects
from nova.objects import base
from nova.objects import pci_device_pool
from nova.pci import stats
from nova.pci import whitelist
from oslo_serialization import jsonutils

SPECS = ['{"vendor_id": "8086", "product_id": "1520", "physical_network": '
         '"physnet1", "trusted": "true", "live_migratable": "yes"}',
         '{"vendor_id": "10de", "resource_class": "GPU", "traits": "A,B"}']
CONTEXT = nova_context.RequestContext(is_admin=False)


def devices():
    """Yield three device objects as nova-compute makes them."""
    for address, vendor, product, kind, node in (
            ('0000:81:10.0', '8086', '1520', 'type-VF', 0),
            ('0000:81:10.2', '8086', '1520', 'type-VF', 0),
            ('0000:c1:00.0', '10de', '1db6', 'type-PCI', None)):
        found = {
            'address': address, 'vendor_id': vendor, 'product_id': product,
            'dev_type': kind, 'numa_node': node, 'status': 'available',
            'compute_node_id': 1, 'dev_id': f'pci_{address}',
            'label': f'label_{vendor}_{product}'}
        if kind == 'type-VF':
            found.update(parent_addr='0000:81:00.0', live_migratable='true')
        yield objects.PciDevice.create(CONTEXT, found)


def requests():
    """Return the requests of a server: an alias and a port."""
    return objects.InstancePCIRequests(
        instance_uuid='6b4a1f2c-0000-4000-8000-000000000001', requests=[
            objects.InstancePCIRequest(
                count=1, request_id='6b4a1f2c-0000-4000-8000-000000000002',
                alias_name='gpu', numa_policy='preferred',
                spec=[{'vendor_id': '10de', 'product_id': '1db6',
                       'dev_type': 'type-PCI'}]),
            objects.InstancePCIRequest(
                count=1, request_id='6b4a1f2c-0000-4000-8000-000000000003',
                requester_id='6b4a1f2c-0000-4000-8000-000000000004',
                spec=[{'physical_network': 'physnet1',
                       'dev_type': 'type-VF'}])])


def write():
    """Return what this Nova writes."""
    made = stats.PciDeviceStats(
        objects.NUMATopology(cells=[]),
        dev_filter=whitelist.Whitelist(SPECS))
    owned = list(devices())
    for each in owned:
        made.add_device(each)
    asked = requests()
    serializer = base.NovaObjectSerializer()
    return {
        # As ComputeNode writes the column pci_stats.
        'row': jsonutils.dumps(
            made.to_device_pools_obj().obj_to_primitive()),
        'devices': [serializer.serialize_entity(CONTEXT, each)
                    for each in owned],
        # As instance_extra has it, and as it goes from service to service.
        'requests': asked.to_json(),
        'sent': serializer.serialize_entity(CONTEXT, asked)}


def read(written):
    """Return what this Nova understands of it."""
    serializer = base.NovaObjectSerializer()
    pools = pci_device_pool.from_pci_stats(
        jsonutils.loads(written['row']))
    sent = serializer.deserialize_entity(CONTEXT, written['sent'])
    stored = objects.InstancePCIRequests.obj_from_db(
        CONTEXT, sent.instance_uuid, written['requests'])
    host = stats.PciDeviceStats(objects.NUMATopology(cells=[]), stats=pools)
    fits = []
    for _ in range(3):
        fits.append(host.support_requests(stored.requests, {}))
        if fits[-1]:
            host.apply_requests(sent.requests, {})
    return {
        'pools': sorted(
            [each.count, each.vendor_id, each.product_id, each.numa_node,
             sorted((each.tags or {}).items())] for each in pools),
        'devices': [
            [each.address, each.status, each.dev_type, each.parent_addr,
             each.numa_node, sorted(each.extra_info.items())]
            for each in (serializer.deserialize_entity(CONTEXT, one)
                         for one in written['devices'])],
        'requests': [
            [each.request_id, each.count, each.alias_name, each.spec]
            for each in (*stored.requests, *sent.requests)],
        'fits': fits}


def main():
    """Do one or the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', choices=('write', 'read'))
    parser.add_argument('--ours', action='store_true')
    arguments = parser.parse_args()
    objects.register_all()
    nova_conf.CONF([], project='nova', default_config_files=[])
    if arguments.ours:
        from nova_pci_ext import install
        from nova_pci_ext.novaobj.hooks import Part
        install.install(Part.COMPUTE, Part.SCHEDULER)
    print(json.dumps(write() if arguments.what == 'write'
                     else read(json.load(sys.stdin))))


if __name__ == '__main__':
    main()
