# SPDX-License-Identifier: Apache-2.0

"""Servers with sets of devices in an embedded Nova, from boot to deletion.

What the devices have in common is read from the recorded hosts and from the
table of partitions.
"""

import re

import pytest

from tests import bond_host
from tests import hgx_host
from tests import set_scenes
from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

REFUSED = 'No valid host was found. There are not enough hosts available.'
SHORT = 'not now: the free devices that fit do not make the device sets asked'


@pytest.fixture(scope='module', params=['tracker', 'placement'])
def kind(request):
    return request.param


@pytest.fixture(scope='module')
def seen(kind):
    return gpu_cloud.run('sets', kind)


@pytest.fixture(scope='module')
def told(seen):
    return seen[0]


def got(told, step):
    """Return the devices of a server that is on one host."""
    status, by_host, _ = told[step]
    assert status == 'ACTIVE', step
    (addresses,) = by_host.values()
    return addresses


def test_placement_has_what_servers_own(told):
    assert [step for step, (_, _, agrees) in told.items() if not agrees] == []


def test_every_device_is_free_at_the_end(seen):
    assert seen[2] == []


@pytest.mark.parametrize(('step', 'count'), [('pair', 2), ('quad', 4)])
def test_gpus_are_a_partition(told, step, count):
    found = got(told, step)
    assert len(found) == count
    assert set_scenes.is_partition(found)


@pytest.mark.parametrize(('step', 'count'), [
    ('near a NIC', 4), ('near a port', 2)])
def test_each_gpu_has_a_vf_on_its_switch(told, step, count):
    found = got(told, step)
    assert len(set_scenes.gpus(found)) == count
    assert set_scenes.switches(set_scenes.gpus(found)) == (
        set_scenes.switches(set_scenes.vfs(found)))


def test_ports_of_a_bond_are_on_two_pfs(told):
    assert set_scenes.pfs(got(told, 'bond')) == list(bond_host.PFS)


def test_ports_that_have_to_share_a_pf_do(told):
    assert len(set(set_scenes.pfs(got(told, 'one PF')))) == 1


def test_four_pairs_of_one_request(told):
    found = [set(got(told, f'four pairs {number}')) for number in range(4)]
    assert all(map(set_scenes.is_partition, found))
    assert set.union(*found) == set(hgx_host.MODULES.values())


def test_a_request_is_accepted_as_often_as_its_sets_can_be_made(told, kind):
    """One more is refused before any compute hears of it."""
    nics = {'tracker': 8, 'placement': 4}[kind]
    used = [set_scenes.pfs(
        got(told, f'three VFs of a NIC, {nics} times {number}'))
        for number in range(nics)]
    assert all(one == two == three for one, two, three in used)
    assert len({one for one, _, _ in used}) == nics
    assert [told[f'three VFs of a NIC, {nics + 1} times {number}'][:2]
            for number in range(nics + 1)] == [[REFUSED, {}]] * (nics + 1)


@pytest.mark.parametrize('step', ['no quad', 'no pair', 'no bond'])
def test_what_does_not_fit_is_refused(told, step):
    assert told[step][:2] == [REFUSED, {}]


def test_the_set_that_is_short_is_named(seen):
    said = {(step, host): lines[:2]
            for step, hosts in seen[1].items()
            for host, (_, _, lines) in hosts.items()}
    for step, count, names in (('no quad', 4, 'p1 p2'),
                               ('no pair', 2, 'p3 p4 p5 p6')):
        for host in ('hgx-0', 'hgx-1'):
            short, proof = said[step, host]
            assert short == SHORT
            start, _, others = proof.partition(', if group=nvlink:gpu has ')
            assert start.startswith(
                f'request gpu ({count}) needs {count} devices, and only '
                f'{count // 2} free device')
            assert sorted(set(re.findall(r'\bp[0-9]+\b', others))) == (
                names.split())
    (left,) = set(bond_host.PFS) - {*set_scenes.pfs(got(seen[0], 'one PF'))}
    assert said['no bond', 'bond'] == [SHORT, (
        'requests port0 (1) and port1 (1) need 2 different values for '
        f'distinct=pf:ports, and there is only 1: {left}')]


@pytest.mark.parametrize(('step', 'status', 'counts'), [
    ('mover', 'ACTIVE', [2]), ('migrated', 'VERIFY_RESIZE', [2, 2]),
    ('confirmed', 'ACTIVE', [2]),
    ('quadrupled', 'VERIFY_RESIZE', [2, 4]),
    ('quadrupled, confirmResize', 'ACTIVE', [4]),
    ('spread out', 'VERIFY_RESIZE', [4]),
    ('halved, confirmResize', 'ACTIVE', [2]),
    ('quadrupled again', 'VERIFY_RESIZE', [2, 4]),
    ('quadrupled again, revertResize', 'ACTIVE', [2])])
def test_gpus_of_a_server_that_moves_are_a_partition(
        told, step, status, counts):
    assert told[step][0] == status
    assert sorted(map(len, filter(
        set_scenes.is_partition, told[step][1].values()))) == counts


@pytest.mark.parametrize('step', [
    'spread hgx-0', 'spread hgx-1', 'spread out, confirmResize'])
def test_gpus_are_on_different_switches(told, step):
    """Also where the flavor that the server had would have one partition."""
    assert len(set(set_scenes.switches(got(told, step)))) == 4
