# SPDX-License-Identifier: Apache-2.0

"""Pools with the units that Placement would give."""

import dataclasses

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import offered
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term
from tests import pci_hosts
from tests import set_hosts

A, B = Term('CUSTOM_A'), Term('CUSTOM_B')
FAST = Term('CUSTOM_A', ('CUSTOM_FAST',))


def provider(uuid, free, name='CUSTOM_A', traits=()):
    return Provider(uuid=uuid, free={name: free}, traits=frozenset(traits))


def chosen(pools, providers, *asked, sets=()):
    """Return the providers of each (name, count, terms), None without."""
    requests = [dataclasses.replace(
        pci_hosts.request(name, count, pci_hosts.asked()),
        alternatives=tuple(offered.with_term(pci_hosts.asked(), term)
                           for term in terms))
        for name, count, *terms in asked]
    merged = demands.merge([demands.Ask(requests=tuple(requests),
                                        constraints=sets)])
    made = offered.OfferedPools(
        term for _, _, *terms in asked for term in terms)
    found = offered.assign(merged, made.ways(
        merged, pools, {each.uuid: each for each in providers}))
    return found and offered.providers_of(found)


@pytest.mark.parametrize(('term', 'fits'), [
    pytest.param(A, True, id='the class'),
    pytest.param(B, False, id='another class'),
    pytest.param(FAST, False, id='a trait that is missing'),
])
def test_a_term_fits_a_provider(term, fits):
    assert term.fits(provider('p', 1)) is fits


def test_a_provider_without_units_fits_nothing():
    assert not A.fits(provider('p', 0))


def test_devices_come_from_providers_with_units():
    pools = [pci_hosts.pool(2, provider='p'), pci_hosts.pool(2, provider='q')]
    assert chosen(pools, [provider('p', 0), provider('q', 2)],
                  ('r', 2, A)) == {'r': ('q', 'q')}


def test_a_provider_with_fewer_units_than_devices_gives_no_more():
    pools = [pci_hosts.pool(3, provider='p')]
    assert chosen(pools, [provider('p', 2)], ('r', 2, A)) == {'r': ('p', 'p')}
    assert chosen(pools, [provider('p', 2)], ('r', 3, A)) is None


def test_traits_and_classes_decide():
    pools = [pci_hosts.pool(1, provider=name) for name in 'pqr']
    providers = [provider('p', 1), provider('q', 1, traits=['CUSTOM_FAST']),
                 provider('r', 1, 'CUSTOM_B')]
    assert chosen(pools, providers, ('x', 1, A), ('y', 1, FAST),
                  ('z', 1, B)) == {'x': ('p',), 'y': ('q',), 'z': ('r',)}


def test_each_alternative_has_a_term_of_its_own():
    pools = [pci_hosts.pool(1, provider=name) for name in 'pq']
    providers = [provider('p', 1), provider('q', 1, 'CUSTOM_B')]
    assert chosen(pools, providers, ('r', 2, A, B)) == {'r': ('p', 'q')}


def test_a_device_that_placement_does_not_know_is_not_offered():
    assert chosen([pci_hosts.pool(1)], [], ('r', 1, A)) is None


def test_a_port_may_have_what_placement_would_not_give():
    pools = [pci_hosts.pool(2, provider='p', physical_network='n')]
    merged = demands.merge([demands.Ask(requests=(
        pci_hosts.request('port', 1, pci_hosts.asked(physical_network='n')),
        dataclasses.replace(
            pci_hosts.request('flavor', 1, pci_hosts.asked()),
            alternatives=(offered.with_term(pci_hosts.asked(), A),))))])
    ways = list(offered.OfferedPools([A]).ways(
        merged, pools, {'p': provider('p', 1)}))
    assert [[pool.free for pool in way] for way in ways] == [[1, 1]]
    found = offered.assign(merged, ways)
    assert offered.providers_of(found)['flavor'] == ('p',)


def test_units_of_two_pools_of_one_provider_are_shared_out_as_needed():
    """One unit; only the second pool serves the request."""
    pools = [pci_hosts.pool(1, provider='p', product='0002'),
             pci_hosts.pool(1, provider='p', product='0001')]
    request = dataclasses.replace(
        pci_hosts.request('r', 1, pci_hosts.asked()), alternatives=(
            offered.with_term(pci_hosts.asked('0001'), A),))
    other = dataclasses.replace(
        pci_hosts.request('s', 1, pci_hosts.asked()), alternatives=(
            offered.with_term(pci_hosts.asked('0002'), A),))
    made = offered.OfferedPools([A])
    for each in (request, other):
        merged = demands.merge([demands.Ask(requests=(each,))])
        assert offered.assign(merged, made.ways(
            merged, pools, {'p': provider('p', 1)})) is not None
    merged = demands.merge([demands.Ask(requests=(request, other))])
    ways = list(made.ways(merged, pools, {'p': provider('p', 1)}))
    assert len(ways) == 2
    assert offered.assign(merged, ways) is None


def test_units_are_shared_out_as_sets_need_them():
    # Both pools serve the request, and only the second is a whole group.
    pools = [set_hosts.placed(pci_hosts.pool(2, provider='p'),
                              {'link': groups})
             for groups in ({'a': 3}, {'b': 2})]
    sets = (set_hosts.constraint(SetRule.GROUP, 'link', (0,)),)
    assert chosen(pools, [provider('p', 2)], ('r', 2, A),
                  sets=sets) == {'r': ('p', 'p')}


def test_addresses_are_divided_with_the_devices():
    pools = [pci_hosts.pool(2, provider='p', addresses=('a', 'b'))]
    merged = demands.merge([demands.Ask(requests=(dataclasses.replace(
        pci_hosts.request('r', 1, pci_hosts.asked()), alternatives=(
            offered.with_term(pci_hosts.asked(), A),)),))])
    (way,) = offered.OfferedPools([A]).ways(
        merged, pools, {'p': provider('p', 1)})
    assert [pool.addresses for pool in way] == [('a',), ('b',)]
    assert [dict(pool.kind.tags) for pool in way] == [
        {'placement:class': 'custom_a'}, {}]


def test_nobody_is_changed():
    pools = (pci_hosts.pool(2, provider='p'),)
    before = repr(pools)
    chosen(pools, [provider('p', 1)], ('r', 1, A))
    assert repr(pools) == before
