# SPDX-License-Identifier: Apache-2.0

"""The candidates that counting and a few pools let pass are the right ones.

Each candidate is also decided alone, with all pools of the host.
"""

import random

import pytest
from nova import conf
from nova import objects

from nova_pci_ext import novaobj
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.scheduler import candidates
from nova_pci_ext.scheduler import host_cache

pytestmark = [pytest.mark.property, pytest.mark.nova]
SEEDS = range(400)
KINDS = (('type-PCI', '0001'), ('type-PF', '00ff'), ('type-VF', '0002'))
NETWORKS = (None, 'p1', 'p2')


@pytest.fixture(autouse=True)
def configured():
    """Nova's objects and its options with their defaults."""
    objects.register_all()
    conf.CONF([], project='nova', default_config_files=[],
              default_config_dirs=[])


class Cloud:
    """Hosts and servers that ask for what many of the hosts have."""

    def __init__(self, seed):
        self._pick = random.Random(seed)
        self._ids = 0

    def pools(self):
        """Return the pools of a host, those with fewer tags first."""
        found = [self._pool(number)
                 for number in range(self._pick.randint(1, 14))]
        return sorted(found, key=lambda pool: len(pool.tags))

    def _pool(self, number):
        pick = self._pick
        dev_type, product = pick.choice(KINDS)
        group = number // 2 if dev_type != 'type-PCI' else number
        tags = {'dev_type': dev_type, 'address': f'0000:{group:02x}:00.0'}
        if dev_type != 'type-PCI':
            network = pick.choice(NETWORKS)
            tags |= {'physical_network': network} if network else {}
            tags |= {'trusted': 'true'} if pick.random() < .2 else {}
        if pick.random() < .7:
            tags['rp_uuid'] = f'rp-{group}'
        return objects.PciDevicePool(
            vendor_id='8086', product_id=product, numa_node=None,
            count=pick.choice([0, 1, 1, 3]) if dev_type == 'type-VF' else 1,
            tags=tags)

    def requests(self):
        """Return what a server asks: aliases, and maybe ports."""
        pick = self._pick
        found = [self._request(
            pick.randint(1, 3), alias_name='a', spec=[
                {'vendor_id': '8086', 'product_id': product,
                 'dev_type': dev_type}
                for dev_type, product in pick.sample(
                    KINDS, pick.choice([1, 1, 2]))])
            for _ in range(pick.choice([1, 1, 2]))]
        return found + [self._request(
            1, requester_id=f'port-{self._ids}',
            spec=[{'physical_network': pick.choice(NETWORKS[1:])}
                  | pick.choice([{}, {}, {'trusted': 'true'}])])
            for _ in range(pick.choice([0, 0, 1, 2]))]

    def _request(self, count, **fields):
        self._ids += 1
        return objects.InstancePCIRequest(
            count=count, request_id=f'id-{self._ids}', **fields)

    def candidates(self, pools, requests):
        """Return what Placement could have said; sometimes nothing."""
        pick = self._pick
        providers = [pool.tags['rp_uuid'] for pool in pools
                     if 'rp_uuid' in pool.tags] + ['rp-gone']
        plain = {'': ['root']}
        if pick.random() < .3:
            return [{'mappings': plain}]
        return [{'mappings': plain | {
            f'{request.request_id}-{device}': [pick.choice(providers)]
            for request in requests if 'alias_name' in request
            for device in range(request.count - (pick.random() < .03))}}
            for _ in range(pick.choice([1, 2, 9]))]


class KnownHost:
    """What is kept of a host, without a bound."""

    def __init__(self):
        self.pools = None
        self.answers = {}
        self.remember = self.answers.__setitem__

    def compiled(self, published):
        """Return all pools."""
        if self.pools is None:
            self.pools = novaobj.pools_from_objects(published)
        return self.pools


def decided_alone(asked, pools, found):
    """Return the good candidates, and why the first one is refused."""
    compiled = novaobj.pools_from_objects(pools)
    refused = [decision.decide(
        demands.merge([asked.ask(candidate['mappings'])]), compiled)
        for candidate in found]
    good = [candidate for candidate, why in zip(found, refused, strict=True)
            if why is None]
    return good, None if good else refused[0]


def test_each_candidate_alone_is_decided_the_same():
    for seed in SEEDS:
        cloud = Cloud(seed)
        hosts = [(cloud.pools(), KnownHost()) for _ in range(3)]
        for _ in range(4):
            requests = cloud.requests()
            asked = candidates.AskedDevices(
                requests, host_cache.HostCache())
            for pools, host in hosts:
                found = cloud.candidates(pools, requests)
                # A second time it is remembered.
                for _ in range(2):
                    assert asked.decide(host, pools, list(found)) == (
                        decided_alone(asked, pools, found)), seed


def test_where_the_reason_is_enough_it_is_the_same():
    kept = host_cache.HostCache()
    for seed in SEEDS:
        cloud = Cloud(seed)
        hosts = [(cloud.pools(), KnownHost()) for _ in range(3)]
        requests = cloud.requests()
        brief, whole = (
            candidates.AskedDevices(requests, kept, only_reason=only)
            for only in (True, False))
        for pools, host in hosts:
            found = cloud.candidates(pools, requests)
            good, refused = decided_alone(whole, pools, found)
            alone = brief.decide(host, pools, list(found))
            assert alone[0] == good, seed
            assert (alone[1] and alone[1].reason) == (
                refused and refused.reason), seed
            # Whoever wants all of it is not told what is kept of it.
            assert whole.decide(host, pools, list(found)) == (
                good, refused), seed


def test_a_whole_answer_that_is_kept_is_right_for_a_brief_one(monkeypatch):
    reports = []
    kept = host_cache.HostCache()
    for seed in SEEDS:
        cloud = Cloud(seed)
        pools, host = cloud.pools(), KnownHost()
        requests = cloud.requests()
        found = cloud.candidates(pools, requests)
        for only_reason in (False, True, False, True):
            monkeypatch.setattr(KEPT, 'report', None)
            asked = candidates.AskedDevices(requests, kept,
                                            only_reason=only_reason)
            monkeypatch.setattr(KEPT, 'report',
                                lambda *words: reports.append(words))
            asked.decide(host, pools, list(found))
    assert reports == []


def test_a_request_for_no_device_is_one_that_nobody_can_serve():
    pool = objects.PciDevicePool(
        vendor_id='8086', product_id='0001', numa_node=None, count=2,
        tags={'dev_type': 'type-PCI', 'address': '0000:01:00.0',
              'rp_uuid': 'rp-1'})
    one, none = (objects.InstancePCIRequest(
        count=count, request_id=f'id-{count}', alias_name='a',
        spec=[{'vendor_id': '8086', 'product_id': '0001',
               'dev_type': 'type-PCI'}]) for count in (1, 0))
    for requests in ([one, none], [none]):
        asked = candidates.AskedDevices(requests, host_cache.HostCache())
        for mappings in ({'': ['root']},
                         {'': ['root'], 'id-1-0': ['rp-1']},
                         {'': ['root']}):
            good, refused = asked.decide(KnownHost(), [pool],
                                         [{'mappings': mappings}])
            assert (good, refused.reason) == ([], Reason.BAD_REQUEST)
