# SPDX-License-Identifier: Apache-2.0

"""Small random clouds in Placement, and an oracle of all their candidates.

The oracle writes down every allocation candidate that a Placement without
limits would give for a server, and asks ``pci_hosts.fits`` about each.
"""

import collections
import dataclasses
import itertools
import random

from nova import objects

from nova_pci_ext import novaobj
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.novaobj import terms
from nova_pci_ext.stats import PciDeviceStats
from tests import nova_hosts
from tests import pci_hosts

CLASSES = ('CUSTOM_A', 'CUSTOM_B')
TRAIT = 'CUSTOM_FAST'
NODES = 2


@dataclasses.dataclass
class Provider:
    """A provider of a tree: its inventory, as Placement answers it."""

    uuid: str
    resource_class: str
    capacity: int
    used: int = 0
    traits: tuple = ()


@dataclasses.dataclass
class Host:
    """A host: its tree and what its compute published."""

    name: str
    providers: list
    pools: list
    disks: list
    full_node: int | None = None
    sockets: bool = True

    @property
    def root(self):
        return f'{self.name}-uuid'

    def state(self):
        """Return the host state that the scheduler would have."""
        topology = self.topology()
        found = nova_hosts.host_state(self.name, PciDeviceStats(
            topology, stats=objects.PciDevicePoolList(objects=self.pools)))
        found.numa_topology = topology
        found.cpu_allocation_ratio = found.ram_allocation_ratio = 1.0
        return found

    def topology(self):
        """Return two nodes of four CPUs; one of them may be full."""
        return objects.NUMATopology(cells=[
            objects.NUMACell(
                id=node, cpuset=set(range(node * 4, node * 4 + 4)),
                pcpuset=set(), memory=1024,
                memory_usage=1024 if node == self.full_node else 0,
                cpu_usage=0, mempages=[], siblings=[], pinned_cpus=set(),
                socket=node if self.sockets else 0)
            for node in range(NODES)])


class Dice:
    """Random clouds from a seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def cloud(self):
        """Return (hosts, request spec)."""
        hosts = [self._host(f'h{number}')
                 for number in range(self._random.randint(1, 3))]
        return hosts, self._spec()

    def _chance(self, percent):
        return self._random.randrange(100) < percent

    def _host(self, name):
        pick = self._random
        providers, pools = [], []
        for number in range(pick.randint(1, 4)):
            self._device(name, number, providers, pools)
        for number in range(pick.randint(0, 1)):
            pools.append(_pool(
                pick.randint(0, 2), '0003', 'type-VF', pick.randrange(NODES),
                f'0000:a{number}:00.0', physical_network='p1',
                remote_managed='false'))
        return Host(
            name, providers, pools,
            disks=[f'{name}-uuid'] if self._chance(70)
            else [f'disk-{number}' for number in range(pick.randint(1, 2))],
            full_node=pick.choice([None, None, 0, 1]),
            sockets=self._chance(70))

    def _device(self, name, number, providers, pools):
        """Add a provider, and one or two pools of its devices."""
        pick = self._random
        is_vf = self._chance(40)
        total = pick.randint(1, 3) if is_vf else 1
        reserved = total if self._chance(8) else 0
        used = pick.randint(0, total) if self._chance(30) else 0
        provider = Provider(
            f'{name}-rp{number}', pick.choice(CLASSES), total - reserved,
            used, (TRAIT,) if self._chance(40) else ())
        providers.append(provider)
        # The compute may not have heard of the latest, or Placement not.
        free = total - used if self._chance(80) else pick.randint(0, total)
        node = pick.choice([0, 0, 1, 1, None])
        address = f'0000:{number:02x}:00.0'
        kind = 'type-VF' if is_vf else pick.choice(['type-PCI', 'type-PF'])
        product = pick.choice(['0001', '0002'])
        parts = [free]
        if is_vf and free > 1 and self._chance(40):
            parts = [1, free - 1]
        for part, more in zip(parts, ({}, {'managed': 'no'}), strict=False):
            pools.append(_pool(
                part, product if part == parts[0] or self._chance(60)
                else '0002', kind, node, address, rp_uuid=provider.uuid,
                **more))
        if kind == 'type-PF' and self._chance(50):
            pools.append(_pool(
                2, '0003', 'type-VF', node, address,
                physical_network='p1', remote_managed='false'))

    def _spec(self):
        pick = self._random
        requests, groups = [], []
        left = pick.randint(1, 4)
        while left > 0:
            count = pick.randint(1, min(left, 3))
            left -= count
            # Nova refuses entries of one alias that differ in type.
            kind = pick.choice([None, None, None, 'type-VF', 'type-PCI',
                                'type-PF'])
            requests.append(nova_hosts.asked(
                *(self._asked(kind) for _ in range(1 + self._chance(20))),
                count=count, alias=f'a{len(requests)}',
                policy=pick.choice(['required', 'preferred', 'legacy',
                                    'socket', None])))
        for request in requests:
            for group in terms.group_names(request):
                term = terms.term(request.spec[0])
                groups.append(objects.RequestGroup(
                    requester_id=group, use_same_provider=True,
                    resources={term.resource_class: 1},
                    required_traits=set(term.traits)))
        if self._chance(30):
            requests.append(nova_hosts.asked(
                {'physical_network': 'p1', 'remote_managed': 'false',
                 'dev_type': 'type-VF'}, alias=None))
        numa = None
        if self._chance(50):
            numa = objects.InstanceNUMATopology(cells=[
                objects.InstanceNUMACell(
                    id=node, cpuset={node}, pcpuset=set(), memory=256,
                    pagesize=None)
                for node in range(pick.choice([1, 1, 2]))])
        return nova_hosts.request_spec(
            *requests, numa_topology=numa, requested_resources=groups,
            flavor=objects.Flavor(
                vcpus=2, memory_mb=512, root_gb=1, ephemeral_gb=0, swap=0,
                extra_specs={'group_policy': 'isolate'}
                if self._chance(10) else {}),
            image=objects.ImageMeta(properties=objects.ImageMetaProps()),
            is_bfv=False,
            request_level_params=objects.RequestLevelParams())

    def _asked(self, kind):
        asked = {'resource_class': self._random.choice(CLASSES)}
        if kind:
            asked['dev_type'] = kind
        if self._chance(30):
            asked['traits'] = TRAIT
        if self._chance(30):
            asked.update(vendor_id='8086', product_id=self._random.choice(
                ['0001', '0002']))
        return asked


def _pool(count, product, dev_type, node, address, **tags):
    return objects.PciDevicePool(
        vendor_id='8086', product_id=product, numa_node=node, count=count,
        tags={'dev_type': dev_type, 'address': address, **tags})


def answer(hosts, group, policy=None):
    """Answer a query for one device, beside CPUs, memory and disk."""
    requests, summaries = [], {}
    (name, amount), = group.resources.items()
    for host in hosts:
        if group.in_tree not in (None, host.root):
            continue
        taking = [each for each in host.providers
                  if each.resource_class == name
                  and each.capacity - each.used >= amount
                  and group.required_traits <= set(each.traits)]
        for disk, each in itertools.product(host.disks, taking):
            requests.append(_candidate(
                host, disk, {group.requester_id: each}))
        if taking:
            summaries.update(_summaries(host))
    return requests, summaries, '1.36'


def _candidate(host, disk, given):
    """Write an allocation request.

    :param given: request group -> Provider
    """
    resources = collections.defaultdict(collections.Counter)
    resources[host.root].update({'VCPU': 2, 'MEMORY_MB': 512})
    resources[disk].update({'DISK_GB': 1})
    for each in given.values():
        resources[each.uuid][each.resource_class] += 1
    return {
        'allocations': {uuid: {'resources': dict(found)}
                        for uuid, found in resources.items()},
        'mappings': {'': sorted({host.root, disk}), **{
            group: [each.uuid] for group, each in given.items()}}}


def _summaries(host):
    root = {'root_provider_uuid': host.root, 'parent_provider_uuid': None,
            'traits': [], 'resources': {
                'VCPU': {'capacity': 64, 'used': 0}}}
    found = {host.root: root}
    for disk in host.disks:
        if disk != host.root:
            found[disk] = {**root, 'root_provider_uuid': disk, 'resources': {
                'DISK_GB': {'capacity': 100, 'used': 0}}}
    for each in host.providers:
        found[each.uuid] = {
            'root_provider_uuid': host.root,
            'parent_provider_uuid': host.root, 'traits': list(each.traits),
            'resources': {each.resource_class: {
                'capacity': each.capacity, 'used': each.used}}}
    return found


def all_candidates(host, spec):
    """Yield (allocation request, alternatives taken) that Placement has.

    Every unit of every request takes one alternative and one provider.
    """
    isolate = spec.flavor.extra_specs.get('group_policy') == 'isolate'
    units, names = [], []
    for request in spec.pci_requests.requests:
        if not terms.is_of_flavor(request):
            continue
        for group in terms.group_names(request):
            names.append(group)
            units.append([
                (number, each) for number, found in enumerate(request.spec)
                for each in host.providers if _takes(each, found)])
    for chosen in itertools.product(*units):
        taken = collections.Counter(each.uuid for _, each in chosen)
        if isolate and max(taken.values()) > 1:
            continue
        # What an operator reserves may be in use: less than nothing is left.
        if all(taken[each.uuid] <= max(0, each.capacity - each.used)
               for each in host.providers):
            given = {name: each for name, (_, each)
                     in zip(names, chosen, strict=True)}
            for disk in host.disks:
                yield (_candidate(host, disk, given),
                       [number for number, _ in chosen])


def _takes(each, spec):
    term = terms.term(spec)
    return (term.resource_class == each.resource_class
            and set(term.traits) <= set(each.traits))


def usable(host, spec):
    """Whether any of Placement's candidates can be served, by brute force."""
    pools = novaobj.pools_from_objects(host.pools)
    seen = set()
    for candidate, alternatives in all_candidates(host, spec):
        asked = _split(spec, candidate['mappings'], alternatives)
        if asked in seen:
            continue
        seen.add(asked)
        if any(pci_hosts.fits(asked, pools, cells)
               for cells in cell_choices(host, spec)):
            return True
    return False


def _split(spec, mappings, alternatives):
    """Return the requests, each divided by the alternative of its units."""
    taken = iter(alternatives)
    found = []
    for asked, request in zip(novaobj.device_requests(
            spec.pci_requests.requests, mappings, lambda uuid: None),
            spec.pci_requests.requests, strict=True):
        if not terms.is_of_flavor(request):
            found.append(asked)
            continue
        by_number = collections.defaultdict(list)
        for group in terms.group_names(request):
            by_number[next(taken)].append(mappings[group][0])
        found += [dataclasses.replace(
            asked, alternatives=(asked.alternatives[number],),
            count=len(uuids), providers=tuple(sorted(uuids)))
            for number, uuids in sorted(by_number.items())]
    return tuple(found)


def cell_choices(host, spec):
    """Return the sets of host nodes that have room for the guest."""
    if spec.numa_topology is None:
        return [None]
    size = len(spec.numa_topology.cells)
    return [GuestCells(
        nodes=frozenset(nodes), socket_nodes=frozenset(
            nodes if host.sockets else range(NODES)))
        for nodes in itertools.combinations(range(NODES), size)
        if host.full_node not in nodes]
