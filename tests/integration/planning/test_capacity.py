# SPDX-License-Identifier: Apache-2.0

"""Servers of one flavor on recorded hosts, against claim after claim."""

import pytest
from nova import exception

from nova_pci_ext.explaining import hosts
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import room
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

NAMES = ('busy', 'dpu', 'empty', 'gpu', 'nic', 'one-card')


def claimed(fleet, spec):
    """Claim on each host as its compute would, until it refuses."""
    found = {}
    for each in fleet.hosts(spec):
        found[each.name] = 0
        try:
            while True:
                each.host.claim(hosts.requests_of(spec), None)
                found[each.name] += 1
        except exception.PciDeviceRequestFailed:
            pass
    return found


@pytest.mark.parametrize('alias', [
    'vf:1', 'vf:2', 'vf:4', 'pf:1', 'gpu:1', 'any-gpu:1', 'any-gpu:2',
    'vf:1,pf:1', 'gpu:1,any-gpu:1', 'fpga:1', 'vdpa:1'])
def test_the_number_is_that_of_the_claims(alias):
    with recorded.fleet(*map(recorded.host, NAMES)) as fleet:
        spec = fleet.spec(recorded.server(alias))
        found = capacity.Counter(fleet, spec).count()
        assert {each.host: each.servers
                for each in found.hosts} == claimed(fleet, spec)


@pytest.mark.parametrize(('asked', 'servers', 'short'), [
    (recorded.server('vf:1'), 7, (('VF 8086:10ca', 2),)),
    (recorded.server('fpga:1'), 0, (('device 10ee:5000', 3),)),
    (recorded.server('vf:2', **{'pci_passthrough:same': 'numa_node:vf'}), 2,
     (('devices for vf', 1),
      ('devices that make pci_passthrough:same=numa_node:vf', 1))),
    (recorded.server('vf:1', **{'hw:numa_nodes': '1'}), 7,
     (('VF 8086:10ca', 2),)),
], ids=['devices', 'on no host', 'a set', 'a guest with NUMA'])
def test_what_is_short_is_said(asked, servers, short):
    with recorded.fleet(*map(recorded.host, ('busy', 'gpu', 'nic'))) as fleet:
        found = capacity.Counter(fleet, fleet.spec(asked)).count()
        assert (found.servers, found.short) == (servers, short)


def test_equal_hosts_are_asked_once(monkeypatch):
    asked = []
    with recorded.fleet(*(recorded.host('nic', f'nic-{number}')
                          for number in range(40))) as fleet:
        spec = fleet.spec(recorded.server('vf:1'))
        counter = capacity.Counter(fleet, spec, asked.append)
        monkeypatch.setattr(
            counter._explainer, 'answer',
            lambda host, limit, real=counter._explainer.answer: (
                asked.append(host.name), real(host, limit))[1])
        assert counter.count().servers == 240
    assert asked == ['nic-0', *range(1, 41)]


def test_memory_ends_before_devices(monkeypatch):
    monkeypatch.setattr(room, 'free', lambda state: room.Room(
        vcpus=9, ram_mb=2000, disk_gb=5))
    with recorded.fleet(recorded.host('nic')) as fleet:
        found = capacity.Counter(
            fleet, fleet.spec(recorded.server('vf:1'))).count()
    assert (found.servers, found.short) == (3, (('memory', 1),))


def test_a_server_on_a_volume_takes_no_root_disk():
    with recorded.fleet() as fleet:
        spec = fleet.spec(recorded.server('vf:1'))
        spec.flavor.root_gb, spec.flavor.ephemeral_gb = 20, 3
        assert capacity.need(spec).disk_gb == 23
        spec.is_bfv = True
        assert capacity.need(spec).disk_gb == 3
