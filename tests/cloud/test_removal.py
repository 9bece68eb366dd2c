# SPDX-License-Identifier: Apache-2.0

"""The package comes to a running cloud, and goes again.

The services change over one after another, as doc/source/upgrade.rst says, so
for a while the scheduler is of the one kind and the computes of the other.
"""

import pytest

from cloud import bring_up
from cloud import services
from tests.cloud import agreement
from tests.cloud import choices

QUICK = ('tracker',)


@pytest.fixture
def novas(place, calls, choice):
    """A cloud whose services run the classes of Nova alone."""
    with choices.novas_classes(place, calls, choice) as without:
        yield without


def boot(scene):
    """Boot a server with an alias and one with a port; return their ids."""
    servers = [scene.boot(scene.flavor('nvme:1')),
               scene.boot(scene.flavor(), [scene.port('physnet2')])]
    assert [each['status'] for each in servers] == ['ACTIVE'] * 2
    return [each['id'] for each in servers]


def owned(records, servers):
    """The rows of the devices of these servers, as they are."""
    return [each for each in records.devices() if each.owner in servers]


def change_over(place, calls, choice, first, then):
    """Restart two kinds of service with other classes, and rest between."""
    bring_up.restart_nova(place, choice, calls, first)
    yield
    bring_up.restart_nova(place, choice, calls, then)
    yield


def test_servers_keep_their_devices_when_the_package_comes_and_goes(
        scene, records, place, calls, choice, novas):
    servers = boot(scene)
    for each in (choice, novas):
        steps = change_over(place, calls, each, ('scheduler',),
                            services.computes(place))
        for _ in steps:
            # Between two steps, and when both are done, servers have what
            # they had, more can come, and one of the first can go.
            before = owned(records, servers)
            assert len(before) == len(servers)
            agreement.assert_agreement(records)
            assert owned(records, servers) == before
            servers += boot(scene)
            scene.delete([servers.pop(0)])
            agreement.assert_agreement(records)
    assert len(owned(records, servers)) == len(servers)
