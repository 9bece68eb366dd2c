# SPDX-License-Identifier: Apache-2.0

"""Which published pools are left out before a decision."""

import types

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.novaobj import relevance
from tests.pci_hosts import asked
from tests.pci_hosts import request


def pool(product, network=None, vendor='8086', count=1, **tags):
    if network is not None:
        tags['physical_network'] = network
    return types.SimpleNamespace(
        _obj_vendor_id=vendor, _obj_product_id=product, _obj_tags=tags,
        _obj_numa_node=0, _obj_count=count)


POOLS = (pool('0001'), pool('0002', 'P1'), pool('0001', vendor='15b3'),
         pool('0003', 'p2'))


@pytest.mark.parametrize(('alternatives', 'picked'), [
    ([asked('0001')], [0]),
    ([asked('0001'), asked('0003')], [0, 3]),
    ([asked(physical_network='p1')], [1]),
    ([asked('0001'), asked(physical_network='p2')], [0, 3]),
    ([asked()], [0, 1, 2, 3]),
], ids=['ids', 'two ids', 'a network in other letters', 'both', 'anything'])
def test_picked(alternatives, picked):
    relevant = relevance.Relevant([request('r', 1, *alternatives)])
    assert list(relevant.pick(POOLS)) == [POOLS[place] for place in picked]


def gpus(number, **tags):
    return [pool('0001', address=str(each), **tags) for each in range(number)]


# As a compute publishes them: what has fewer tags comes first.
HOST = [*gpus(4), *[pool('00ff', 'p1', dev_type='type-PF') for _ in range(4)],
        pool('0002', 'p2', dev_type='type-VF', count=8),
        *[pool('0002', 'p1', dev_type='type-VF', count=2)
          for _ in range(4)]]
PORT = asked(physical_network='p1')


def first(requests, pools=HOST, **more):
    """Return the places of the pools that are tried first."""
    wanted = demands.merge([demands.Ask(requests=tuple(requests))])
    found = relevance.Relevant(requests).first(pools, wanted, **more)
    return [place for place, each in enumerate(pools)
            if any(each is one for one in found)]


@pytest.mark.parametrize(('requests', 'places'), [
    ([request('a', 1, asked('0001'))], [0]),
    ([request('a', 3, asked('0001'))], [0, 1, 2]),
    ([request('a', 9, asked('0001'))], [0, 1, 2, 3]),
    ([request('a', 2, asked('0001')), request('b', 1, PORT)], [0, 1, 9]),
    ([request('a', 1, PORT), request('b', 2, PORT)], [9, 10]),
    ([request('a', 2, asked('00ff', DeviceType.PF))], [4, 5]),
    ([request('a', 1, asked('0003'))], []),
], ids=['one', 'three', 'too many', 'a port, which no PF serves', 'two ports',
        'PFs', 'nothing'])
def test_the_first_of_each_kind(requests, places):
    assert first(requests) == places


def test_all_that_placement_knows_and_the_first_of_others():
    host = [*gpus(4, rp_uuid='rp'), *HOST[4:]]
    assert first([request('a', 1, asked('0001')), request('b', 1, PORT)],
                 host, of_placement=True) == [0, 1, 2, 3, 9]


def test_pools_that_cannot_be_read_hide_no_other(monkeypatch):
    broken = types.SimpleNamespace(_obj_vendor_id='8086')
    monkeypatch.setattr(relevance.damaged_pools, 'readable', lambda pools: [
        each for each in pools if each is not broken])
    assert first([request('a', 1, PORT)], [broken, *HOST]) == [
        *range(1, len(HOST) + 1)]
