# SPDX-License-Identifier: Apache-2.0

"""Which hosts of a cloud are equal; the whole is in explaining/test_live."""

import types

import pytest

from nova_pci_ext.planning import cloud_fleet
from tests import nova_hosts

pytestmark = pytest.mark.nova


class Refusing:
    """A filter that lets one host pass."""

    def filter_all(self, states, spec):
        return [state for state in states if state.host == 'a']


def host(name, products=('0001',), candidates=({'mappings': {}},), **values):
    state = nova_hosts.host_state(name, nova_hosts.scheduler_stats(
        nova_hosts.compute_stats([
            nova_hosts.device(f'0000:0{number}:00.0', product=product)
            for number, product in enumerate(products)])), candidates)
    state.numa_topology = nova_hosts.topology(0, 1)
    for key, value in values.items():
        setattr(state, key, value)
    return types.SimpleNamespace(name=name, state=state, beyond=())


def keys(*hosts, others=()):
    fleet = object.__new__(cloud_fleet.CloudFleet)
    fleet._others = others
    return [fleet._key(each, None) for each in hosts]


def test_hosts_with_equal_rows_are_equal():
    one, other = keys(host('a'), host('b'))
    assert one == other


@pytest.mark.parametrize('different', [
    host('b', products=('0001', '0001')), host('b', vcpus_total=4),
    host('b', candidates=()), host('b', numa_topology=None),
    host('b', candidates=({'mappings': {'group': ['provider']}},)),
], ids=['devices', 'vCPUs', 'no candidate', 'nodes', 'providers'])
def test_hosts_with_other_rows_are_not(different):
    one, other = keys(host('a'), different)
    assert one != other


def test_hosts_that_other_filters_tell_apart_are_not():
    one, other = keys(host('a'), host('b'), others=(Refusing(),))
    assert one != other


def test_hosts_of_other_cells_cannot_have_a_server():
    fleet = object.__new__(cloud_fleet.CloudFleet)
    fleet._nodes = {'a': ('ua', 'c1'), 'b': ('ub', 'c1'), 'c': ('uc', 'c2'),
                    'd': ('ud', 'c1')}
    fleet._cloud = types.SimpleNamespace(
        able=lambda spec: frozenset({'ua', 'ub', 'uc'}))
    assert fleet.able(None) == {'a', 'b', 'c'}
    assert fleet.able(None, 'a') == {'a', 'b'}
    assert (fleet.cell('c'), fleet.cell('gone')) == ('c2', None)
