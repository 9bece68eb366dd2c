# SPDX-License-Identifier: Apache-2.0

"""A cloud of Nova 31 and 33 becomes one of Nova 34, service by service.

The tests are one walk, in this order. At each stop servers have the devices
that they had before it, more are booted, moved between a compute of the one
release and one of the other, and deleted, and all records agree.
"""

import pytest

from cloud import rest
from tests.cloud import agreement
from tests.cloud.scene import HOST
from tests.mixed.releases import FIRST
from tests.mixed.releases import Ours
from tests.mixed.releases import releases

BOTH = Ours(scheduler=True, computes=True)
SCHEDULER = Ours(scheduler=True, computes=False)
COMPUTES = Ours(scheduler=False, computes=True)
NEITHER = Ours(scheduler=False, computes=False)
#: What Nova has for an upgrade that leaves a release out, computes at rest.
FAST = '[workarounds]\ndisable_compute_service_check_for_ffu = True\n'
TOO_FAR = releases(34, 31, 33, 31, 33)
CONTROLLERS_FIRST = releases(34, 33, 33, 33, 33)
ONE_BY_ONE = releases(34, 34, 33, 34, 33)
DONE = releases(34, 34, 34, 34, 34)
#: Devices of the hosts igb-1 and igb-2, so that servers can move.
ALIAS, PHYSNET = 'nvme:1', 'physnet2'


def devices_of(mixed):
    """The rows of the devices that the servers have, as they are."""
    return [each for each in mixed.records.devices() if each.owner]


def boot(mixed, host=None):
    """Boot a server with an alias and a port; return what Nova says."""
    server = mixed.scene.boot(
        mixed.scene.flavor(ALIAS), [mixed.scene.port(PHYSNET)],
        **({'host': host} if host else {}))
    assert server['status'] == 'ACTIVE', server.get('fault')
    return server


def move(mixed, server, end):
    """Migrate a server, confirm or revert; return what Nova says then."""
    mixed.scene.act(server['id'], 'migrate')
    moved = mixed.scene.wait(server['id'], 'VERIFY_RESIZE', 'ACTIVE', 'ERROR')
    assert moved['status'] == 'VERIFY_RESIZE', moved.get('fault')
    mixed.scene.act(server['id'], end)
    ended = mixed.scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert ended['status'] == 'ACTIVE', ended.get('fault')
    return ended


def hosts_of(mixed, server):
    """Where the devices of a server are, two of them."""
    return [each.host for each in mixed.records.devices()
            if each.owner == server['id']]


def stop_at(mixed, wanted, ours, more=''):
    """Let the cloud become so; then everything works and agrees."""
    before = devices_of(mixed)
    mixed.become(wanted, ours, more)
    agreement.assert_agreement(mixed.records)
    assert devices_of(mixed) == before
    # From the one release to the other, and back.
    there = boot(mixed, 'igb-1')
    back = boot(mixed, 'igb-2')
    confirmed = move(mixed, there, 'confirmResize')
    assert confirmed[HOST] == 'igb-2'
    reverted = move(mixed, back, 'revertResize')
    assert reverted[HOST] == 'igb-2'
    confirmed_too = move(mixed, reverted, 'confirmResize')
    assert confirmed_too[HOST] == 'igb-1'
    for server, host in ((confirmed, 'igb-2'), (confirmed_too, 'igb-1')):
        rest.wait_until('devices of one host', lambda: hosts_of(
            mixed, server) == [host] * 2)  # noqa: B023 - called at once
    # One stays for the next stop, and the oldest goes.
    anywhere = mixed.scene.boot(mixed.scene.flavor('v100:2'))
    assert anywhere['status'] == 'ACTIVE', anywhere.get('fault')
    too_many = mixed.scene.boot(mixed.scene.flavor('v100:3'))
    assert 'No valid host was found' in too_many['fault']['message']
    mixed.scene.delete([anywhere['id'], too_many['id'],
                        confirmed_too['id'], *mixed.servers])
    mixed.servers = [confirmed['id']]
    agreement.assert_agreement(mixed.records)


def walk(*stops):
    """Name each stop by releases and classes."""
    return pytest.mark.parametrize(('wanted', 'ours'), [
        pytest.param(*stop, id=', '.join(map(str, stop))) for stop in stops])


@walk((FIRST, BOTH), (FIRST, SCHEDULER), (FIRST, NEITHER), (FIRST, COMPUTES))
def test_controllers_of_33_with_computes_of_31_and_33(mixed, wanted, ours):
    stop_at(mixed, wanted, ours)


@pytest.mark.parametrize('name', ['conductor', 'scheduler'])
def test_34_refuses_to_start_beside_computes_of_31(mixed, name):
    mixed.refusal(name, 34, 'Current Nova version does not support computes '
                            'older than Gazpacho')
    agreement.assert_agreement(mixed.records)


@walk((TOO_FAR, COMPUTES), (TOO_FAR, BOTH))
def test_34_with_computes_of_31_that_it_was_told_to_bear(
        mixed, wanted, ours):
    stop_at(mixed, wanted, ours, FAST)


@walk((CONTROLLERS_FIRST, BOTH), (CONTROLLERS_FIRST, SCHEDULER),
      (CONTROLLERS_FIRST, NEITHER), (CONTROLLERS_FIRST, COMPUTES))
def test_controllers_of_34_with_computes_of_33(mixed, wanted, ours):
    stop_at(mixed, wanted, ours)


@walk((ONE_BY_ONE, COMPUTES), (ONE_BY_ONE, BOTH), (ONE_BY_ONE, NEITHER),
      (DONE, NEITHER), (DONE, BOTH))
def test_one_compute_after_another(mixed, wanted, ours):
    stop_at(mixed, wanted, ours)


@pytest.mark.parametrize('name', ['scheduler', 'compute-igb-1'])
def test_no_service_goes_back(mixed, name):
    mixed.refusal(name, 33, 'This service is older (v72) than the minimum '
                            '(v74) version of the rest of the deployment')
    agreement.assert_agreement(mixed.records)


def test_all_devices_are_given_back(mixed):
    mixed.scene.clear()
    agreement.assert_agreement(mixed.records)
    assert devices_of(mixed) == []
