# SPDX-License-Identifier: Apache-2.0

"""Servers with a normal port among hosts with GPUs, with NICs and without.

Prints, for each server in the order of the boots, its host, the devices that
it owns or was handed, and how many ports its guest has.
"""

# ruff: noqa: E402 - threads are chosen before Nova is imported anywhere.
from nova_pci_ext.quickstart import threads

threads.use_threads()

import json
import sys

from nova_pci_ext.model import device
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.quickstart import neutron
from nova_pci_ext.quickstart import observe
from nova_pci_ext.virt import hand_over
from tests.embedded import gpu_cloud

CONF = (gpu_cloud.ROOT / 'etc' / 'nova_pci_ext' / 'quickstart' / 'nova.conf')
# One server after the other; a plain host has room for two.
MODELS = (None, 'virtio', 'e1000', 'e1000e', None)


def host(name, devices, cpus):
    """A host with so many CPUs, and a GiB of memory for each."""
    return inventory.Inventory(
        host=name, devices=devices, numa_cells=(inventory.NumaCell(
            id=0, cpus=tuple(range(cpus)), memory_mb=1024 * cpus, socket=0),))


def vfs(count):
    """A PF of which VFs may be handed out."""
    pf = PciAddress.parse('0000:05:00.0')
    return (device.Device(
        address=pf, vendor_id='8086', product_id='1521',
        dev_type=device.DeviceType.PF), *(device.Device(
            address=PciAddress(0, 5, 0x10, number), vendor_id='8086',
            product_id='1520', dev_type=device.DeviceType.VF, parent=pf)
            for number in range(count)))


def boot(cloud, number, model):
    """Boot a server with a port that Nova makes, and tell what it got."""
    image = cloud.cloud.stand_ins.image
    image_id = f'9d3a4e5c-3f0b-4a6e-9b7e-{number:012}'
    image.create(None, {**image.image1, 'id': image_id, 'properties': (
        {'hw_vif_model': model} if model else {})})
    server = cloud.boot(f's{number}', cloud.flavor(None), imageRef=image_id,
                        networks=[{'uuid': neutron.network_uuid('physnet1')}])
    if server['status'] != 'ACTIVE':
        return server['fault']['message']
    records = {record['server']: record
               for path in cloud.cloud.state_paths.values()
               for record in hand_over.read_all(str(path))}
    record = records[server['id']]
    return [server['OS-EXT-SRV-ATTR:host'],
            [*observe.owned_addresses(server['id']), *record['devices'],
             *record['elements']],
            [port['vnic_type'] for port in record['ports']]]


def main(gpu_cpus, *more):
    """Boot them; ``more`` are lines of [filter_scheduler]."""
    hosts = [host('gpu', gpu_cloud.gpus(8), int(gpu_cpus)),
             host('nic', vfs(7), 4), host('plain', (), 4)]
    conf = '\n'.join((CONF.read_text(), *more, '[DEFAULT]',
                      'cpu_allocation_ratio = 1.0'))
    with gpu_cloud.running_with(conf, hosts, ['physnet1']) as cloud:
        print(json.dumps([boot(cloud, number, model)
                          for number, model in enumerate(MODELS)]))


if __name__ == '__main__':
    main(*sys.argv[1:])
