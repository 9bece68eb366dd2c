# SPDX-License-Identifier: Apache-2.0

"""Boots of the shapes of a GPU trace, where the benchmark would put them.

The configuration is that of ``install.rst``; the hosts are like those of
``benchmarks/packing_trace.py``, with tenths of GPUs.  For each server that
boots, the objects of the benchmark say which hosts are best; of equal ones
either may be Nova's choice.

Prints what differs: servers whose host is none of the best, and hosts of
which other devices are free in the end; and the numbers of servers that have
a host and that were refused.
"""

# ruff: noqa: E402 - threads are chosen before Nova is imported anywhere.
from nova_pci_ext.quickstart import threads

threads.use_threads()

import json
import random
import re
import sys

from nova import context as nova_context
from nova import objects
from nova.scheduler import weights as nova_weights

from benchmarks import packing_chain
from benchmarks import packing_cloud
from nova_pci_ext.model import device
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress
from tests.embedded import gpu_cloud

TENTHS = 10
PAGE = (gpu_cloud.ROOT / 'doc' / 'source' / 'install.rst').read_text()
#: What the page says of filters and weighers, in its order.
SCHEDULER = '\n'.join(re.findall(
    '   ((?:available_filters|enabled_filters|weight_classes'
    '|pci_weight_multiplier) = .*)', PAGE))
MODELS = ('20b5', '1eb8')
ALIASES = {'whole': 'PF', 'share': 'VF'}
# A task takes any model: of its alias each entry is an alternative.
PCI = '\n'.join(
    [f'device_spec = {{"vendor_id": "10de", "product_id": "{model}"}}'
     for model in MODELS]
    + [f'alias = {{"name": "{name}", "vendor_id": "10de", '
       f'"product_id": "{model}", "device_type": "type-{kind}"}}'
       for name, kind in ALIASES.items() for model in MODELS])
# Computes with many servers are busy for long when all update their resources.
CONF = f"""\
[DEFAULT]
update_resources_interval = 3600
cpu_allocation_ratio = 1.0
ram_allocation_ratio = 1.0
reserved_host_memory_mb = 0
[quota]
driver = nova.quota.NoopQuotaDriver
[pci]
{PCI}
[filter_scheduler]
{SCHEDULER}
"""
# (vCPUs, GiB, GPUs, model) of hosts of the trace.
KINDS = ((96, 384, 8, MODELS[0]), (104, 512, 2, MODELS[1]),
         (64, 128, 4, MODELS[0]), (96, 384, 2, MODELS[1]))
# (vCPUs, GiB, GPUs, tenths of each) of tasks of the trace, and how often.
TASKS = {(3, 5, 1, 8): 9, (12, 46, 1, 5): 6, (4, 22, 1, 3): 4, (2, 8, 1, 1): 2,
         (11, 48, 1, TENTHS): 9, (16, 64, 2, TENTHS): 2,
         (32, 64, 4, TENTHS): 1, (32, 48, 0, 0): 2, (4, 56, 0, 0): 2}


def gpu(number, model):
    """Return a PF and its VFs."""
    pf = PciAddress(0, 0x10 + number, 0, 0)
    return (device.Device(
        address=pf, vendor_id='10de', product_id=model,
        dev_type=device.DeviceType.PF), *(device.Device(
            address=PciAddress(0, 0x10 + number, 1 + tenth // 8, tenth % 8),
            vendor_id='10de', product_id=model,
            dev_type=device.DeviceType.VF, parent=pf)
            for tenth in range(TENTHS)))


def host(number):
    """Return a recorded host."""
    vcpus, gib, gpus, model = KINDS[number % len(KINDS)]
    return inventory.Inventory(
        host=f'node-{number:02}', devices=tuple(
            each for at in range(gpus) for each in gpu(at, model)),
        numa_cells=(inventory.NumaCell(
            id=0, cpus=tuple(range(vcpus)), memory_mb=1024 * gib,
            socket=0),))


def rows():
    """Return the row of each compute node, by host."""
    return {row.host: row for row in objects.ComputeNodeList.get_all(
        nova_context.get_admin_context())}


def free(pools):
    """Return what pools say, in an order."""
    return sorted(json.dumps(each.to_dict(), sort_keys=True, default=str)
                  for each in pools.objects if each.count)


class Benchmark:
    """The objects of the packing benchmark, with the same hosts."""

    def __init__(self):
        self._hosts = {
            name: packing_cloud.host(
                name, row.vcpus, row.memory_mb,
                [each.to_dict() for each in row.pci_device_pools.objects])
            for name, row in rows().items()}
        self._filter = packing_cloud.Filter()
        self._handler = nova_weights.HostWeightHandler()
        self._weighers = packing_chain.load()

    def best(self, spec):
        """Return the names of the hosts that are best, and equal."""
        hosts = list(self._filter.filter_all(
            packing_cloud.offer(self._hosts.values(), spec), spec))
        found = self._handler.get_weighed_objects(self._weighers, hosts, spec)
        return {each.obj.host for each in found
                if each.weight == found[0].weight}

    def place(self, name, spec):
        """Put a server on a host."""
        packing_cloud.place(self._hosts[name], spec)

    def differ(self):
        """Return the hosts whose row says that others are free."""
        return sorted(
            name for name, row in rows().items()
            if free(row.pci_device_pools) != free(
                self._hosts[name].pci_stats.to_device_pools_obj()))


def asked(task):
    """Return the extra specs, and the request of the benchmark."""
    vcpus, gib, gpus, tenths = task
    if not gpus:
        return {}, packing_cloud.server(vcpus, 1024 * gib)
    name, count = (('whole', gpus) if tenths == TENTHS
                   else ('share', tenths))
    specs = {'pci_passthrough:alias': f'{name}:{count}'}
    if name == 'share':
        specs['pci_passthrough:same'] = f'pf:{name}'
    return specs, packing_cloud.server(vcpus, 1024 * gib, [(count, *(
        {'vendor_id': '10de', 'product_id': model,
         'dev_type': f'type-{ALIASES[name]}'} for model in MODELS))],
        name, specs)


def make_flavor(api, number, task):
    """Return the id of the flavor of a task."""
    made = api.create_flavor(f't{number}', vcpus=task[0],
                             ram_mb=1024 * task[1], disk_gb=0)
    specs, _ = asked(task)
    if specs:
        api.call('POST', f'/flavors/{made}/os-extra_specs',
                 {'extra_specs': specs})
    return made


def main(boots, hosts):
    """Boot one server after the other."""
    pick = random.Random(0)
    with gpu_cloud.running_with(
            CONF, [host(number) for number in range(int(hosts))]) as cloud:
        flavors = {task: make_flavor(cloud.api, number, task)
                   for number, task in enumerate(TASKS)}
        benchmark = Benchmark()
        differ, placed, refused = [], 0, 0
        for number in range(int(boots)):
            task, = pick.choices(list(TASKS), list(TASKS.values()))
            _, spec = asked(task)
            best = benchmark.best(spec)
            server = cloud.boot(f's{number}', flavors[task])
            if server['status'] == 'ACTIVE':
                name = gpu_cloud.where(server)
                placed += 1
            else:
                name = None
                refused += 1
            if name not in (best or {None}):
                differ.append([number, task, name, sorted(best)])
            if name is not None:
                benchmark.place(name, spec)
                # Until then the row says that the server is being built.
                cloud.cloud.computes[name].manager.update_available_resource(
                    nova_context.get_admin_context())
        print(json.dumps([differ, benchmark.differ(), placed, refused]))


if __name__ == '__main__':
    main(*sys.argv[1:])
