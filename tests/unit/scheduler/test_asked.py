# SPDX-License-Identifier: Apache-2.0

"""What servers ask is compiled once for servers that ask the same."""

import pytest

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.scheduler import asked
from nova_pci_ext.scheduler import candidates
from nova_pci_ext.scheduler import host_cache
from tests.pci_hosts import asked as alternative
from tests.pci_hosts import pf
from tests.pci_hosts import request
from tests.pci_hosts import vfs

pytestmark = pytest.mark.nova
PF, VF = pf('0000:81:00.0').kind, vfs('0000:81:00.0', 1).kind


def requests(dev_type=DeviceType.VF, count=1, name='r'):
    """Return what a server asks."""
    return candidates.numbered((
        request(name, count, alternative(dev_type=dev_type)),))


def compiled(cache, *asks):
    """Return what is known of requests."""
    found = requests(*asks)
    return cache.compiled(repr(found), found, ())


def test_equal_requests_share_what_is_found():
    cache = host_cache.HostCache(lambda: 1 << 20)
    first = compiled(cache)
    assert compiled(cache) is first
    assert compiled(cache, DeviceType.VF, 1, 'other name') is first
    assert compiled(cache, DeviceType.VF, 2) is not first
    assert (first.demands.mask(VF), first.demands.mask(PF)) == (1, 0)
    assert first.eligibility.kinds() == [VF, PF]


def test_classes_count_once():
    cache = host_cache.HostCache(lambda: 1 << 20)
    found = compiled(cache)
    before = cache.asked.size
    for _ in range(3):
        found.demands.mask(VF)
        assert compiled(cache) is found
    assert cache.asked.size - before == 400
    assert found.grown() == 0


def test_the_bound_holds():
    cache = host_cache.HostCache(lambda: 20_000)
    for count in range(1, 20):
        compiled(cache, DeviceType.VF, count).demands.mask(VF)
        compiled(cache, DeviceType.VF, count)
        assert 0 < cache.asked.size <= 20_000
        assert 0 < len(cache.asked) < 5


def test_nothing_is_kept_where_nothing_may_be():
    cache = host_cache.HostCache(lambda: 0)
    assert compiled(cache) is not compiled(cache)
    assert len(cache.asked) == 0


def test_a_wrong_answer_is_told_and_not_used(monkeypatch):
    cache = host_cache.HostCache(lambda: 1 << 20)
    found = compiled(cache)
    found.demands.mask(VF)
    told = []
    monkeypatch.setattr(KEPT, 'report', lambda *of: told.append(of))
    assert compiled(cache) is found
    assert not told
    found.demands.known[id(VF)] = 0, 0
    assert compiled(cache).demands.mask(VF) == 1
    [(what, was, now)] = told
    assert what == 'what a server asks'
    assert was != now


def test_content_is_that_of_the_requests_and_the_classes():
    one = asked.Compiled(requests(), ())
    other = asked.Compiled(requests(), ())
    assert asked.content(one, [VF]) == asked.content(other, [VF])
    assert asked.content(one, [VF]) != asked.content(one, [])


def test_a_class_that_a_thread_adds_meanwhile_is_no_difference(monkeypatch):
    cache = host_cache.HostCache(lambda: 1 << 20)
    found = compiled(cache)
    anew = asked.Compiled.anew

    def slow(self):
        fresh = anew(self)
        self.demands.mask(VF)
        return fresh
    monkeypatch.setattr(asked.Compiled, 'anew', slow)
    told = []
    monkeypatch.setattr(KEPT, 'report', lambda *of: told.append(of))
    assert compiled(cache) is found
    assert not told
