# SPDX-License-Identifier: Apache-2.0

"""What ``check`` says of an alias on a host is what the filter says.

The host goes both ways: the one that ``nova-pci check`` goes, and through the
compute's device filter, its pools as they are published, Nova's own reading
of the alias, and the scheduler's filter.  With PCI in Placement, Nova's
translator makes the providers and Nova's RequestSpec the groups; a provider
of the right class with all the traits is what Placement would answer.
"""

import itertools
import json
import random
import uuid

import nova.conf
import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from nova import objects
from nova.compute import pci_placement_translator
from nova.objects import pci_device_pool
from nova.pci import request as pci_request

from nova_pci_ext import parsing
from nova_pci_ext import stats
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.explaining import recorded
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.scheduler import filters
from tests import nova_hosts

pytestmark = [pytest.mark.property, pytest.mark.nova]

CONF = nova.conf.CONF
PF, CHILD = PciAddress(0, 0x41, 0, 0), PciAddress(0, 0x41, 0, 2)
TYPES = ('type-PCI', 'type-PF', 'type-VF')
LAW = settings(max_examples=400, deadline=None, database=None,
               suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _nova(monkeypatch):
    objects.register_all()
    pci_ext.register_opts(CONF)
    yield
    for name in ('device_spec', 'alias', 'report_in_placement'):
        CONF.clear_override(name, 'pci')
    CONF.clear_override('pci_in_placement', 'filter_scheduler')
    pci_request.get_alias_from_config.cache_clear()


def host(kind, *, netdevs, pf_serial, child_serial, mac=None):
    """A device of one type; a child with its PF."""
    nic = {'netdevs': ('eth0',)} if netdevs else {}
    if kind is DeviceType.PCI:
        return Inventory(host='one', devices=(Device(
            address=PF, vendor_id='8086', product_id='0001', dev_type=kind,
            serial=pf_serial, **nic),))
    parent = Device(address=PF, vendor_id='8086', product_id='0001',
                    dev_type=DeviceType.PF, serial=pf_serial, total_vfs=1,
                    num_vfs=1, mac=mac, **nic)
    child = Device(
        address=CHILD, vendor_id='8086', product_id='0002',
        dev_type=DeviceType.VF if kind is DeviceType.PF else kind,
        parent=PF, serial=child_serial, vf_index=0,
        **({'netdevs': ('eth1',)} if netdevs else {}))
    return Inventory(host='one', devices=(parent, child))


def configure(entry, alias, *, placement):
    """Set Nova's options; return what is read of them for check."""
    specs, aliases = [json.dumps(entry)], [json.dumps(alias)]
    CONF.set_override('device_spec', specs, 'pci')
    CONF.set_override('alias', aliases, 'pci')
    CONF.set_override('report_in_placement', placement, 'pci')
    CONF.set_override('pci_in_placement', placement, 'filter_scheduler')
    pci_request.get_alias_from_config.cache_clear()
    return parsing.parse_device_spec(specs[0]), parsing.parse_alias(aliases[0])


def check_says(found, specs, alias, *, placement):
    """Return the answer of check."""
    return bool(coverage.serving(coverage.cover(specs, found), alias,
                                 in_placement=placement))


def filter_says(found, *, placement):
    """Return the answer of the scheduler, and of Placement before it."""
    spec = nova_hosts.request_spec(*pci_request.get_pci_requests_from_flavor(
        objects.Flavor(extra_specs={
            'pci_passthrough:alias': 'a1:1'})).requests)
    compute = stats.PciDeviceStats(None, dev_filter=recorded.RecordedFilter(
        found))
    devices = list(recorded.tracked_devices(found, compute.dev_filter))
    candidates = [{'mappings': {}}]
    if placement:
        candidates = placements_answer(devices, compute, spec)
    for dev in devices:
        compute.add_device(dev)
    pools = pci_device_pool.PciDevicePoolList.obj_from_primitive(
        json.loads(json.dumps(
            compute.to_device_pools_obj().obj_to_primitive())))
    state = nova_hosts.host_state(
        'one', stats.PciDeviceStats(None, stats=pools), candidates)
    return bool(list(filters.PciPassthroughFilter().filter_all(
        [state], spec)))


def placements_answer(devices, compute, spec):
    """Return the candidates: a provider for the one group."""
    view = pci_placement_translator.PlacementView('one', [])
    for dev in devices:
        view.process_dev(dev, compute.dev_filter.get_devspec(dev))
    spec.requested_resources = []
    spec.generate_request_groups_from_pci_requests()
    (group,) = spec.requested_resources
    found = []
    for provider in view.rps.values():
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, provider.name))
        for dev in provider.devs:
            dev.extra_info['rp_uuid'] = name
        if (set(group.resources) == {provider.resource_class}
                and group.required_traits <= provider.traits):
            found.append({'mappings': {group.requester_id: [name]}})
    return found


def test_the_288_combinations_agree():
    """25 of these did not: check said that it fits, the filter never."""
    wrong = []
    for device_type, migratable, kind, tags in itertools.product(
            (None, *TYPES), (None, 'yes', 'no'),
            (DeviceType.PCI, DeviceType.PF, DeviceType.VF, DeviceType.VDPA),
            ({}, {'live_migratable': 'yes'}, {'live_migratable': 'no'},
             {'physical_network': 'p'}, {'remote_managed': 'true'},
             {'trusted': 'true'})):
        product = ('0001' if kind in (DeviceType.PCI, DeviceType.PF)
                   else '0002')
        found = host(kind, netdevs=True, pf_serial='S1', child_serial='S2')
        alias = {'name': 'a1', 'vendor_id': '8086', 'product_id': product,
                 **({'device_type': device_type} if device_type else {}),
                 **({'live_migratable': migratable} if migratable else {})}
        entry = {'product_id': product, **tags}
        specs, read = configure(entry, alias, placement=False)
        if (check_says(found, specs, read, placement=False)
                != filter_says(found, placement=False)):
            wrong.append((alias, entry, kind))
    assert wrong == []


class Draw:
    """Entries, aliases and hosts that often fit, from a seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def case(self, *, placement):
        """Return (host, entry, alias)."""
        pick = self._random.choice
        found = host(pick(list(DeviceType)), netdevs=pick((True, False)),
                     pf_serial=pick((None, 'S1')),
                     child_serial=pick((None, None, 'S2')),
                     mac=pick((None, '02:00:00:00:00:01')))
        product = pick(('0001', '0002'))
        entry = self._some(
            0.25, trusted=pick(('true', 'false')), label=pick(('a', 'B')),
            physical_network=pick(('p', None)),
            remote_managed=pick(('true', 'false')),
            live_migratable=pick(('yes', 'no', 'True')))
        alias = {'name': 'a1', **self._some(
            0.4, device_type=pick(TYPES),
            live_migratable=pick(('yes', 'no', '0')))}
        if placement:
            entry |= self._some(
                0.5, resource_class=pick(('rdma-vf', 'CUSTOM_RDMA_VF', 'B')),
                traits=pick(('blue', 'CUSTOM_BLUE,hw_nic_sriov', '')))
            alias |= self._some(
                0.5, resource_class=pick(('RDMA_VF', 'B')),
                traits=pick(('BLUE', 'HW_NIC_SRIOV', 'HW_NIC_SRIOV,blue')))
        ids = {'vendor_id': '8086',
               'product_id': product if self._random.random() < 0.9
               else '0003'}
        if 'resource_class' not in alias or self._random.random() < 0.5:
            alias |= ids
        # Nova's translator refuses a PF and a VF of it in one inventory.
        if placement or self._random.random() < 0.7:
            entry['product_id'] = product
        else:
            entry['vendor_id'] = '8086'
        return found, entry, alias

    def _some(self, share, **values):
        return {key: value for key, value in values.items()
                if self._random.random() < share}


@pytest.mark.parametrize('placement', [
    pytest.param(False, id='without Placement'),
    pytest.param(True, id='with Placement')])
def test_check_and_filter_agree(placement):
    answers = set()

    @LAW
    @given(seed=st.integers(0, 2 ** 32))
    def agree(seed):
        found, entry, alias = Draw(seed).case(placement=placement)
        specs, read = configure(entry, alias, placement=placement)
        said = check_says(found, specs, read, placement=placement)
        assert said == filter_says(found, placement=placement), (
            found, entry, alias)
        answers.add(said)

    agree()
    assert answers == {True, False}
