# SPDX-License-Identifier: Apache-2.0

import types

import pytest

from nova_pci_ext.novaobj import row_pools
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import host_notices


def pool(count=1, **tags):
    """Return a published pool with so many free devices."""
    return row_pools.RowPool('8086', '1520', 0, {
        'physical_network': 'p1', **tags}, count)


def row(text, *pools):
    """Return the pools of a row with this text."""
    return row_pools.RowPools(text, lambda _: types.SimpleNamespace(
        objects=list(pools)))


def state(name='host'):
    """Return a host state."""
    return types.SimpleNamespace(host=name)


@pytest.fixture
def cache():
    return host_cache.HostCache(lambda: 1 << 20)


@pytest.fixture
def notices(monkeypatch):
    """Hosts of which pools were said to be unreadable."""
    found = []
    monkeypatch.setattr(host_notices.WORKER, 'unreadable',
                        lambda host, published: found.append(host))
    return found


def test_equal_text_is_the_same_content_whoever_has_it(cache):
    known = cache.host(state('a'), row('text', pool()))
    known.remember('kind', 'answer')
    again = cache.host(state('b'), row('text', pool()))
    assert again is known
    assert again.answers == {'kind': 'answer'}


def test_another_text_is_another_content(cache):
    known = cache.host(state(), row('text', pool(1)))
    assert cache.host(state(), row('other', pool(2))) is not known


def test_a_row_is_looked_up_once_for_all_who_ask(cache):
    published = row('text', pool())
    assert cache.host(state(), published) is cache.host(state(), published)
    assert (cache.rows.hits, cache.rows.misses) == (0, 1)


def test_pools_that_are_no_text_are_not_kept(cache):
    published = [pool()]
    assert cache.host(state(), published) is not cache.host(
        state(), published)
    assert len(cache.rows) == 0


def test_pools_are_compiled_once(cache):
    first = cache.host(state(), row('text', pool(3))).compiled(
        row('text', pool(3)))
    assert [found.free for found in first] == [3]
    assert cache.host(state(), row('text')).compiled(None) is first


def test_pools_and_answers_count(cache):
    published = row('text', *[pool()] * 10)
    known = cache.host(state(), published)
    sizes = [cache.rows.size]
    known.compiled(published)
    sizes.append(cache.rows.size)
    known.remember('kind', 'answer')
    sizes.append(cache.rows.size)
    assert sizes == sorted(set(sizes))


def test_the_answers_of_a_host_are_bounded(cache):
    published = row('text', pool())
    known = cache.host(state(), published)
    for number in range(host_cache.MAX_ANSWERS + 2):
        known.remember(f'kind-{number}', number)
    full = cache.rows.size
    known.remember('another', 0)
    assert list(known.answers.values()) == [
        *range(3, host_cache.MAX_ANSWERS + 2), 0]
    assert cache.rows.size == full


def test_an_answer_in_the_place_of_another_takes_no_more(cache):
    known = cache.host(state(), row('text', pool()))
    for number in range(host_cache.MAX_ANSWERS):
        known.remember(f'kind-{number}', number)
    before = cache.rows.size, len(known.answers)
    known.remember('kind-3', 'new')
    assert (cache.rows.size, len(known.answers)) == before
    assert known.answers['kind-3'] == 'new'


def test_each_host_with_damaged_pools_is_named(cache, notices):
    pools = pool(), pool(-1)
    for name in 'a', 'b':
        published = row('text', *pools)
        known = cache.host(state(name), published)
        assert len(known.compiled(published)) == 1
    assert notices == ['a', 'b']


def test_a_topology_is_read_once_and_handed_out_as_a_copy(cache):
    class Topology:
        def __init__(self):
            self.cells = [1]

    read = []

    def reader(text):
        read.append(text)
        return Topology()

    found = [cache.topology('text', reader) for _ in range(3)]
    found[0].cells.append(2)
    assert read == ['text']
    assert [each.cells for each in found] == [[1, 2], [1], [1]]
