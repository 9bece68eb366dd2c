# SPDX-License-Identifier: Apache-2.0

"""Budgets of PFs in an embedded Nova: taken, refused, given back, moved."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

REFUSED = 'No valid host was found. There are not enough hosts available.'


def amounts(told, step):
    """Return what the PFs of both hosts have left, sorted."""
    return sorted(told[step][1].values())


@pytest.fixture(scope='module', params=['tracker', 'placement'])
def told(request):
    # What is published agrees with the rows at each step: the program asks.
    return gpu_cloud.run('budgets', request.param, 'fill', 'move',
                         timeout=1800)


@pytest.mark.parametrize(('step', 'left'), [
    ('large', [4000, 10000, 10000, 10000]),
    ('without', [4000, 10000, 10000, 10000])])
def test_a_server_takes_what_its_flavor_says(told, step, left):
    assert told[step][0] == 'ACTIVE'
    assert amounts(told, step) == left


def test_a_restart_forgets_nothing(told):
    assert told['restarted'][1] == told['small beside'][1]
    assert told['restarted when full'][1] == told['six'][1]


def test_servers_run_until_nothing_is_left_of_the_budgets(told):
    assert told['six'][0] == {'ACTIVE': 6}
    assert told['refused'][0] == REFUSED
    assert max(amounts(told, 'six')) < 4000
    # There are free VFs all the time, and who takes nothing gets one.
    assert told['without budget'][0] == 'ACTIVE'


def test_explain_says_why(told):
    for group, words, lines, _ in told['explained'].values():
        assert (group, words) == (
            'not now', 'not enough is left of the bandwidth budgets of PFs')
        assert 'for bandwidth=4000' in lines[1]
    for group, words, *_ in told['never'].values():
        assert (group, words) == (
            'not possible on this host', 'no device that fits is of a PF '
            'with such a bandwidth budget')


@pytest.mark.parametrize(('step', 'gives'), [
    ('explained', {'large', 'small beside'}), ('explained large', {'large'})])
def test_explain_names_who_makes_room_by_leaving(told, step, gives):
    """Two of 4000 leave 2000 beside each, one of 6000 leaves nothing.

    The server without a bandwidth gives nothing back.
    """
    found = {name for *_, leavers in told[step].values() for name in leavers}
    assert found == {*gives, *(f'six-{number}' for number in range(1, 7))}


def test_a_delete_gives_it_back(told):
    assert told['again'][0] == 'ACTIVE'
    assert amounts(told, 'all deleted') == [10000] * 4


@pytest.mark.parametrize(('step', 'taken'), [
    ('mover', 4000), ('migrated', 8000), ('confirmed', 4000),
    ('resized', 10000), ('reverted', 4000), ('shelved', 0),
    ('unshelved', 4000), ('mover deleted', 0)])
def test_what_a_server_takes_goes_with_it(told, step, taken):
    assert 40000 - sum(amounts(told, step)) == taken


def test_a_port_takes_of_a_budget_when_it_is_attached_too():
    told = gpu_cloud.run('budgets', 'tracker', 'attach', timeout=1200)
    assert {step: 40000 - sum(amounts(told, step)) for step in told} == {
        'with a port': 4000, 'attached': 8000, 'detached': 4000,
        'ports deleted': 0}


@pytest.fixture(scope='module')
def beside():
    # After an evacuation the source's stand-in keeps the guest, and an audit
    # finds it.
    return gpu_cloud.run('budgets', 'tracker', 'audit', 'leave',
                         timeout=1800)


@pytest.mark.parametrize(('step', 'taken'), [
    ('leaver', 4000), ('rebuilt', 4000), ('restarted after the rebuild', 4000),
    ('live migrated', 4000), ('live migrated and deleted', 0),
    ('evacuee', 4000), ('evacuated', 8000),
    ('evacuated, source is back', 4000),
    ('restarted after the evacuation', 4000), ('evacuee deleted', 0),
    ('between', 4000), ('resized before the restart', 10000),
    ('restarted in the middle of the resize', 10000),
    ('confirmed after the restart', 6000), ('between deleted', 0)])
def test_it_goes_along_with_restarts_between(beside, step, taken):
    assert 40000 - sum(amounts(beside, step)) == taken
    assert beside[step][0] in ('', 'ACTIVE', 'VERIFY_RESIZE')


def test_an_audit_finds_and_repairs_what_a_row_does_not_note(beside):
    said = beside['audits']
    assert said['healthy'] == said['repaired'] == []
    ((kind, _, _),) = said['without the note']
    assert said['repaired, made'] == [kind] == ['charge-differs']
    assert [40000 - sum(amounts(beside, step)) for step in (
        'restarted without the note', 'restarted after the repair',
        'audited deleted')] == [0, 4000, 0]


def test_of_two_servers_sent_for_the_last_share_one_goes_elsewhere():
    told = gpu_cloud.run('budgets', 'tracker', 'race', timeout=1200)
    states, left, hosts = told['for the last two']
    assert (states, set(left.values())) == (['ACTIVE', 'ACTIVE'], {0})
    # Both were sent to one host, and one of them then to the other.
    assert (hosts[0], sorted(hosts)[::2]) == (hosts[1], ['h0', 'h1'])
    states, left, _ = told['for the last one']
    assert states[0] == 'ACTIVE'
    assert states[1].startswith('Exceeded maximum number of retries.')
    assert set(left.values()) == {0}
