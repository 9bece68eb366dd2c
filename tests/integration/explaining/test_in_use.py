# SPDX-License-Identifier: Apache-2.0

"""Owners that leave a host, as it is said and as a real Placement has it.

Random hosts, owners and servers; what is said of an owner is compared with
what is said of the host once the owner has left it in Placement and in the
rows.
"""

import contextlib
import itertools
import random
import types

import nova.conf
import pytest
from nova import context as nova_context
from nova import objects
from nova.pci import request as pci_request
from nova.scheduler.client import report as placement_client

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import live
from nova_pci_ext.novaobj import drain_notes
from tests import gpu_hosts
from tests import nova_hosts
from tests import real_placement

pytestmark = [pytest.mark.nova, pytest.mark.slow]

CONF = nova.conf.CONF
# The last one leaves it to Placement alone which devices serve it.
ALIASES = (
    '{"vendor_id":"10de","product_id":"1db6","name":"v",'
    '"device_type":"type-PCI"}',
    '{"vendor_id":"10de","product_id":"20b0","name":"a",'
    '"device_type":"type-PCI"}',
    '{"resource_class":"PCI_10DE_20B0","name":"class"}',
    '{"resource_class":"PCI_10DE_20B0","traits":"CUSTOM_FAST","name":"fast"}')
PRODUCTS = {'v': '1db6', 'a': '20b0'}
# Nova asks Placement for several groups only with a policy.
ANY = {'group_policy': 'none'}
NEAR = {**ANY, 'hw:numa_nodes': '1',
        'hw:pci_numa_affinity_policy': 'required'}
CASES = 8


@pytest.fixture(scope='module')
def application(tmp_path_factory):
    return real_placement.RealPlacement(tmp_path_factory.mktemp('placement'))


@pytest.fixture(params=['ours', 'nova'])
def placement(application, request, monkeypatch):
    """A Placement without hosts, of which each way of candidates is asked."""
    objects.register_all()
    CONF([], project='nova', default_config_files=[], default_config_dirs=[])
    pci_request.get_alias_from_config.cache_clear()
    CONF.set_override('alias', ALIASES, 'pci')
    CONF.set_override('pci_in_placement', True, 'filter_scheduler')
    CONF.set_override('allocation_candidates', request.param, 'pci_ext')
    monkeypatch.setattr(placement_client, 'report_client_singleton',
                        application.client)
    monkeypatch.setattr(nova_context, 'target_cell',
                        lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(objects.ComputeNode, 'get_by_uuid',
                        lambda *_: types.SimpleNamespace(id=1))
    with gpu_hosts.without_database():
        yield application
    CONF.clear_override('alias', 'pci')
    CONF.clear_override('pci_in_placement', 'filter_scheduler')
    CONF.clear_override('allocation_candidates', 'pci_ext')
    pci_request.get_alias_from_config.cache_clear()


class Host(gpu_hosts.GpuHost):
    """A host whose GPUs are of two classes, and have owners.

    :ivar owners: the numbers of the GPUs of each
    """

    def __init__(self, dice, monkeypatch):
        super().__init__('h0', dice.randint(3, 6))
        self.products = [dice.choice('va') for _ in self.gpus]
        self.fast = [dice.random() < 0.4 for _ in self.gpus]
        self.owners = {}
        for number, _ in enumerate(self.gpus):
            owner = dice.choice(['', 'x', 'x', 'y', 'z'])
            if owner:
                self.owners.setdefault(owner, []).append(number)
        self.drained = {number for number, _ in enumerate(self.gpus)
                        if dice.random() < 0.1}
        self.consumers = {}
        monkeypatch.setattr(
            objects.PciDeviceList, 'get_by_compute_node',
            lambda *_: objects.PciDeviceList(objects=self.rows()))

    def tree(self):
        owned = set(itertools.chain.from_iterable(self.owners.values()))
        return self.root, gpu_hosts.ROOM, [
            (provider, self.resource_class(number), 1,
             int(number in self.drained - owned),
             ('CUSTOM_FAST',) if self.fast[number] else ())
            for number, (provider, _, _) in enumerate(self.gpus)]

    def resource_class(self, number):
        return f'CUSTOM_PCI_10DE_{PRODUCTS[self.products[number]]}'.upper()

    def claim(self, placement, owner):
        """Let an owner have its GPUs in Placement."""
        self.consumers[owner], status = placement.claim({
            self.root: {'resources': {'VCPU': 1}}, **{
                self.gpus[number][0]: {'resources': {
                    self.resource_class(number): 1}}
                for number in self.owners[owner]}})
        assert status == 204

    def leave(self, placement, owner):
        """Let an owner go."""
        placement.release(self.consumers[owner])
        return self.owners.pop(owner)

    def rows(self):
        owner_of = {number: owner for owner, numbers in self.owners.items()
                    for number in numbers}
        found = []
        for number, (provider, address, node) in enumerate(self.gpus):
            dev = nova_hosts.device(
                address, 'type-PCI', product=PRODUCTS[self.products[number]],
                numa=node, provider=provider)
            dev.vendor_id, dev.instance_uuid = '10de', None
            if number in owner_of:
                dev.status = 'allocated'
                dev.instance_uuid = owner_of[number]
            if number in self.drained:
                drain_notes.put(dev, drain_notes.REASON, 'fan')
            found.append(dev)
        return found

    def state(self):
        """What the compute publishes: what is free, and in service."""
        found = super().state()
        for cell in found.numa_topology.cells:
            cell.mempages = [objects.NUMAPagesTopology(
                size_kb=4, total=cell.memory * 256, used=0, reserved=0)]
        kept = []
        addresses = {dev.address: dev for dev in self.rows()
                     if dev.status == 'available'
                     and drain_notes.reason(dev.extra_info) is None}
        for pool in found.pci_stats.to_device_pools_obj().objects:
            dev = addresses.get(pool.tags['address'])
            if dev is not None:
                pool.product_id = dev.product_id
                kept.append(pool)
        found.pci_stats = type(found.pci_stats)(
            found.numa_topology,
            stats=objects.PciDevicePoolList(objects=kept))
        found.cell_uuid = 'cell'
        return found


def answer(host, asked):
    """Return what explain says of a host."""
    cloud = live.Cloud.__new__(live.Cloud)
    cloud._context = nova_context.get_admin_context()
    cloud._manager = types.SimpleNamespace(
        cells={'cell': None}, refresh_cells_caches=lambda: None,
        get_host_states_by_uuids=lambda *_: [host.state()])
    spec = gpu_hosts.alias_spec(*asked)
    explainer = answers.Explainer(spec)
    (found,) = cloud.hosts(spec)
    return explainer.answer(found, 1)


def ask(dice):
    """Return what a server asks for."""
    names = dice.sample(['v', 'a', 'class', 'fast'], dice.choice([1, 1, 2]))
    return (','.join(f'{name}:{dice.choice([1, 1, 2, 3])}'
                     for name in names), NEAR if dice.random() < 0.3 else ANY)


def seen(placement, monkeypatch, seed):
    """Return (said, true) of each owner of a host that refuses, or None."""
    dice = random.Random(seed)
    placement.clear()
    host, asked = Host(dice, monkeypatch), ask(dice)
    placement.add([host.tree()])
    for owner in host.owners:
        host.claim(placement, owner)
    found = answer(host, asked)
    if found.servers or found.drained or found.refused_by:
        return None
    true = []
    for owner in sorted(host.owners):
        numbers = host.leave(placement, owner)
        # A drained GPU is reserved by its compute as it comes free.
        drained = [number for number in numbers if number in host.drained]
        for number in drained:
            placement.take(host.gpus[number][0], host.resource_class(number))
        if answer(host, asked).servers:
            true.append(owner)
        host.owners[owner] = [each for each in numbers if each not in drained]
        if host.owners[owner]:
            host.claim(placement, owner)
        else:
            del host.owners[owner]
    return sorted(found.leavers), true


def test_who_makes_room_by_leaving(placement, monkeypatch):
    compared = [(seed, both) for seed in range(CASES)
                if (both := seen(placement, monkeypatch, seed))]
    assert [(seed, *both) for seed, both in compared
            if both[0] != both[1]] == []
    # The dice are always the same: an owner makes room, and some do not.
    assert any(true for _, (_, true) in compared)
    assert any(not true for _, (_, true) in compared)


def test_nobody_makes_room_who_leaves_a_reserved_device(
        placement, monkeypatch):
    """Nova reserves a device of one-time use once somebody has it."""
    placement.clear()
    host = Host(random.Random(1), monkeypatch)
    host.products = ['v'] * len(host.gpus)
    host.drained = set()
    host.owners = {'x': list(range(len(host.gpus)))}
    placement.add([host.tree()])
    host.claim(placement, 'x')
    client = placement.client()
    for number, (provider, _, _) in enumerate(host.gpus):
        url = f'/resource_providers/{provider}/inventories'
        found = client.get(url, version='1.39').json()
        found['inventories'][host.resource_class(number)]['reserved'] = 1
        assert client.put(url, found, version='1.39').status_code == 200
    assert not answer(host, ('v:1', ANY)).leavers
    host.leave(placement, 'x')
    assert not answer(host, ('v:1', ANY)).servers
