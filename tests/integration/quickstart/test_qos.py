# SPDX-License-Identifier: Apache-2.0

"""Ports with a minimum bandwidth in an embedded Nova, with real Placement."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

REFUSED = 'No valid host was found. '
MOVES = ('mover', 'migrated', 'confirmed', 'resized', 'reverted', 'unshelved')


@pytest.fixture(scope='module', params=['groups', 'ports'])
def told(request):
    return gpu_cloud.run('qos', request.param, 'boot', 'mixed', 'move',
                         'attach', 'audit', 'without policy',
                         timeout=1800)


def taken(told, step):
    """Return what is taken of all budgets."""
    return 40000 - sum(told[step][1].values())


@pytest.mark.parametrize(('step', 'interfaces', 'placed'), [
    ('one', ['ens2f0'], {'ens2f0': 4000}),
    ('not twice', ['ens2f0'], {'ens2f0': 2000}),
    ('mixed', ['ens2f0'], {'ens2f0': 4000}),
    ('attached', ['ens2f0'], {'ens2f0': 2000}),
    ('audited', ['ens2f0'], {'ens2f0': 2000})])
def test_a_port_is_on_the_pf_that_placement_chose(
        told, step, interfaces, placed):
    """Placement has too little of the other PF, which would be the first."""
    assert told[step][0] == 'ACTIVE'
    assert told[step][2:] == [interfaces, placed]


def test_each_of_two_ports_is_on_its_own(told):
    _, _, interfaces, placed = told['two']
    assert interfaces[0] == 'ens2f0'
    found = dict.fromkeys(interfaces, 0)
    for interface, mbps in zip(interfaces, (3000, 500), strict=True):
        found[interface] += mbps
    assert found == placed


@pytest.mark.parametrize(('step', 'mbps'), [
    ('one', 0), ('two', 0), ('not twice', 0), ('mixed', 6000),
    ('mixed restarted', 6000), ('mixed deleted', 0), ('attached', 0),
    ('audited', 1000), ('deleted', 0)])
def test_what_placement_counts_is_not_taken_of_a_budget(told, step, mbps):
    assert taken(told, step) == mbps


def test_a_port_without_a_policy_beside_one_takes_of_a_budget(told):
    _, _, interfaces, placed = told['both']
    assert placed == {interfaces[1]: 300}
    assert taken(told, 'both') == taken(told, 'restarted') == 4000


def test_placement_says_when_nothing_is_left(told):
    assert told['none left'][0] == REFUSED


@pytest.mark.parametrize('step', MOVES)
def test_it_is_so_after_each_move(told, step):
    assert told[step][0] in ('ACTIVE', 'VERIFY_RESIZE')
    assert (taken(told, step), told[step][2]) == (0, ['ens2f0', 'ens1f0'])


def test_the_server_of_a_host_that_is_down_has_it_on_another(told):
    assert told['evacuated'][0] == 'ACTIVE'
    assert told['evacuated'][2] == ['ens2f0', 'ens1f0']
    assert taken(told, 'mover deleted') == 0


def test_an_audit_finds_no_fault_in_it(told):
    assert told['audits'] == {'healthy': []}


def test_what_placement_chose_is_not_kept_with_the_server(told):
    """So it stops no later move, with this package or without."""
    assert told['with policy moved'][2] == ['ens2f0']
    ((spec,),) = told['stored']
    assert spec['physical_network'] == 'physnet0'
    assert 'parent_ifname' not in spec


def test_a_server_whose_policy_was_removed_moves_and_takes_of_a_budget(told):
    assert taken(told, 'with policy there') == 0
    assert told['without policy moved'][0] == 'VERIFY_RESIZE'
    assert told['without policy there'][3] == {}
    assert taken(told, 'without policy there') == 4000
    assert told['audited without policy'] == {'without policy': []}
    assert taken(told, 'without policy deleted') == 0
