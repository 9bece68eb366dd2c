# SPDX-License-Identifier: Apache-2.0

import dataclasses

from nova_pci_ext.matching import demands
from nova_pci_ext.matching.demanded import Share
from nova_pci_ext.matching.demands import Ask
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked
from tests.pci_hosts import pool
from tests.pci_hosts import request

X, Y = asked('000a'), asked('000b')


def test_another_order_of_alternatives_is_another_demand():
    found = demands.merge([Ask(requests=(
        request('b', 1, X, Y), request('a', 2, Y, X)))])
    assert [demand.want.alternatives for demand in found] == [
        (X, Y), (Y, X)]


def test_equal_requests_are_one_demand():
    found = demands.merge([Ask(requests=(
        request('b', 1, X, Y), request('a', 2, X, Y, X)))])
    (demand,) = found
    assert (demand.count, demand.shares) == (3, (
        Share(request_id='a', name='a', count=2),
        Share(request_id='b', name='b', count=1)))


def test_a_request_over_providers_is_a_demand_for_each():
    found = demands.merge([Ask(requests=(
        request('r', 3, X, providers=['v', 'u', 'v']),))])
    assert [(demand.provider, demand.count) for demand in found] == [
        ('u', 1), ('v', 2)]
    assert (found.anywhere, found.at_provider) == (0, {'u': 1, 'v': 2})


def test_instances_on_other_cells_are_other_demands():
    cells = GuestCells(nodes=frozenset({1}))
    found = demands.merge([Ask(requests=(request('r', 1, X),)),
                           Ask(requests=(request('s', 1, X),), cells=cells)])
    assert [demand.want.cells for demand in found] == [None, cells]
    assert found.mask(pool(product='000a', numa=0).kind) == 0b01
    assert found.mask(pool(product='000a', numa=1).kind) == 0b11
    assert found.mask(pool(product='000b', numa=1).kind) == 0


def test_what_makes_a_request_impossible_is_said():
    def fault(ask):
        return demands.merge([Ask(requests=(ask,))]).invalid

    assert fault(request('r', 1, X)) is None
    assert fault(request('r', -1, X)) == 'r asks for -1 devices'
    assert fault(request('r', 1)) == 'r names no kind of device'
    assert fault(request('r', 2, X, providers=['u'])) == (
        'r asks for 2 devices, and Placement allocated 1')


def test_a_request_that_a_set_is_about_is_a_demand_of_its_own():
    found = demands.merge([Ask(
        requests=(request('a', 1, X), request('b', 1, X), request('c', 1, X)),
        constraints=(SetConstraint(rule=SetRule.DISTINCT, attribute='pf',
                                   members=((0,), (1,))),))])
    assert [[share.name for share in demand.shares] for demand in found] == [
        ['a'], ['b'], ['c']]
    assert [(each.rule, each.attribute, each.members)
            for each in found.sets] == [(SetRule.DISTINCT, 'pf', (1, 2))]


def test_each_server_has_a_choice_of_its_own():
    ask = Ask(requests=(request('a', 2, X), request('b', 1, X)),
              constraints=(SetConstraint(
                  rule=SetRule.SAME, attribute='pcie_root',
                  members=((0,),)),))
    accepted = demands.Accepted([ask])
    found = accepted.together(ask, 2)
    assert [(demand.count, [share.name for share in demand.shares])
            for demand in found] == [
        (2, ['a']), (2, ['a']), (2, ['a']), (3, ['b', 'b', 'b'])]
    assert [(each.server, each.members) for each in found.sets] == [
        (0, (1,)), (1, (2,)), (2, (4,))]


def test_a_set_that_no_host_can_serve_is_said():
    def fault(*members, missing=()):
        return demands.merge([Ask(
            requests=(request('a', 2, X), request('b', 1, X)),
            constraints=(SetConstraint(
                rule=SetRule.PAIR, attribute='pf', members=members,
                text='pair=pf:a,b', missing=missing),))]).invalid

    assert fault((0,), (1,)) == ('pair=pf:a,b needs as many devices of each, '
                                 'and 2 and 1 are asked for')
    assert fault((0,), (0,)) == 'pair=pf:a,b would pair a device with itself'
    assert fault((0,), (), missing=('b',)) == (
        'pair=pf:a,b is about b, which the server does not ask for')


def test_accepted_instances_are_summed_up():
    port = dataclasses.replace(request('r9', 1, X), origin=Origin.PORT)
    accepted = demands.Accepted()
    for number in range(400):
        accepted.add(Ask(requests=(
            request(f'r{number}', 2, X),
            dataclasses.replace(port, name=f'port-{number}'))))
    found = accepted.together(Ask(requests=(request('new', 1, X),)), 3)
    assert found.counts == (1203,)
    # However many there are, the next one costs as much.
    [demand] = found
    assert [(share.request_id, share.name, share.count)
            for share in demand.shares][:2] == [
        (None, 'earlier ports', 400), (None, 'r0', 2)]
    assert accepted.all().counts == (1200,)


def test_an_invalid_ask_is_invalid_among_accepted_ones():
    bad = Ask(requests=(request('r', 0, X),))
    assert demands.Accepted([bad]).all().invalid == (
        demands.merge([bad]).invalid)
    assert demands.Accepted().together(bad).invalid == (
        demands.merge([bad]).invalid)
