# SPDX-License-Identifier: Apache-2.0

"""Servers keep their devices when this package comes, and when it goes.

Each life of nova-compute is a process of its own, for what is installed into
Nova stays there as long as the process.
"""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
BEFORE = '00000000-0000-0000-0000-000000000001'
DURING = '00000000-0000-0000-0000-000000000002'
AFTER = '00000000-0000-0000-0000-000000000003'


@pytest.fixture(scope='module')
def lives(tmp_path_factory):
    """What nova-compute knew in each of its lives."""
    path = tmp_path_factory.mktemp('rows') / 'rows.json'

    def live(whose, server, count):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-m', 'tests.compute_life',
             whose, str(path), server, str(count)],
            cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return {'before': live('nova', BEFORE, 2),
            'during': live('ours', DURING, 1),
            'after': live('nova', AFTER, 1), 'freed': live('nova', BEFORE, 0)}


def owned(states, server):
    return sorted(address for address, state in states.items()
                  if state == f'allocated:{server}')


def test_the_trackers_are_what_each_life_is_about(lives):
    assert [life['tracker'] for life in lives.values()] == [
        'nova.pci.manager', 'nova_pci_ext.compute.tracker',
        'nova.pci.manager', 'nova.pci.manager']


@pytest.mark.parametrize(('earlier', 'later'), [
    pytest.param('before', 'during', id='the package is installed'),
    pytest.param('during', 'after', id='the package is removed'),
])
def test_every_device_is_as_it_was(lives, earlier, later):
    assert lives[later]['begin'] == lives[earlier]['end']


def test_servers_of_all_lives_have_what_they_were_given(lives):
    end = lives['after']['end']
    assert [len(owned(end, server))
            for server in (BEFORE, DURING, AFTER)] == [2, 1, 1]
    for server, life in ((BEFORE, 'before'), (DURING, 'during')):
        assert owned(end, server) == owned(lives[life]['end'], server)


def test_what_was_claimed_before_can_be_freed_afterwards(lives):
    assert owned(lives['freed']['end'], BEFORE) == []
    assert set(owned(lives['before']['end'], BEFORE)) <= set(
        lives['freed']['free'])


def test_only_our_pools_say_where_devices_are(lives):
    """The rows keep it, and Nova's tracker starts on them all the same."""
    assert {life: lives[life]['roots'] for life in lives} == {
        'before': [None], 'during': ['0000:80:01.0'], 'after': [None],
        'freed': [None]}
