# SPDX-License-Identifier: Apache-2.0

"""States of a healthy cloud, in which an audit has nothing to say.

Each is made in a scene and lasts as long as its ``with``.
"""

import contextlib

from tests.cloud import drains
from tests.cloud.scene import HOST


@contextlib.contextmanager
def empty(scene, records, place):
    """No server."""
    yield


@contextlib.contextmanager
def with_servers(scene, records, place):
    """Servers with aliases, with ports of each kind, and with neither."""
    for alias, ports in (
            ('nvme:2', []), ('a1:1', []), ('v100:1', []),
            (None, [scene.port('physnet2')]),
            (None, [scene.port('physnet2', 'direct-physical')]),
            (None, [scene.port('physnet2', 'macvtap')]),
            (None, [scene.port('physnet1')]),
            ('nvme:1', [scene.port('physnet2')]), (None, [])):
        _boot(scene, scene.flavor(alias), ports)
    stopped = _boot(scene, scene.flavor('nvme:1'))
    scene.act(stopped, 'os-stop')
    scene.wait(stopped, 'SHUTOFF')
    paused = _boot(scene, scene.flavor('nvme:1'))
    scene.act(paused, 'pause')
    scene.wait(paused, 'PAUSED')
    yield


@contextlib.contextmanager
def after_moves(scene, records, place):
    """Moves that were confirmed, reverted and are not decided yet."""
    for alias, end in ((None, 'confirmResize'), ('nvme:1', 'revertResize'),
                       ('nvme:1', None)):
        server = _boot(scene, scene.flavor(alias), [scene.port('physnet2')])
        scene.act(server, 'migrate')
        scene.wait(server, 'VERIFY_RESIZE')
        if end:
            scene.act(server, end)
            scene.wait(server, 'ACTIVE')
    server = _boot(scene, scene.flavor('nvme:1'))
    scene.act(server, 'resize', {'flavorRef': scene.flavor('nvme:2')})
    scene.wait(server, 'VERIFY_RESIZE')
    scene.act(server, 'confirmResize')
    scene.wait(server, 'ACTIVE')
    yield


@contextlib.contextmanager
def after_ends(scene, records, place):
    """Servers that are shelved, unshelved, deleted, and in ERROR."""
    for alias, ports in (('nvme:1', []), (None, [scene.port('physnet2')])):
        shelved = _boot(scene, scene.flavor(alias), ports)
        scene.act(shelved, 'shelve')
        scene.wait(shelved, 'SHELVED_OFFLOADED')
    back = _boot(scene, scene.flavor('nvme:1'), [scene.port('physnet2')])
    scene.act(back, 'shelve')
    scene.wait(back, 'SHELVED_OFFLOADED')
    scene.act(back, 'unshelve')
    scene.wait(back, 'ACTIVE')
    gone = _boot(scene, scene.flavor('nvme:1'), [scene.port('physnet2')])
    scene.delete([gone])
    failed = scene.boot(scene.flavor('nvme:5'))
    assert failed['status'] == 'ERROR'
    broken = _boot(scene, scene.flavor('nvme:1'))
    scene.act(broken, 'os-resetState', {'state': 'error'})
    scene.wait(broken, 'ERROR')
    yield


@contextlib.contextmanager
def with_drained(scene, records, place):
    """Drained devices, one of which a server has."""
    server = scene.boot(scene.flavor('nvme:3'), host='igb-1')
    assert server['status'] == 'ACTIVE', server.get('fault')
    found = {each.address: each.owner for each in records.devices()
             if each.host == 'igb-1' and each.kind[1] == '0010'}
    (free,) = (address for address, owner in found.items() if not owner)
    with drains.Drains(place, 'igb-1').of(free, max(found.keys() - {free})):
        drains.wait_until_published(records, 'igb-1', '0010', 0)
        yield
    drains.wait_until_published(records, 'igb-1', '0010', 1)


STATES = (empty, with_servers, after_moves, after_ends, with_drained)


def _boot(scene, flavor, ports=()):
    server = scene.boot(flavor, ports)
    assert server['status'] == 'ACTIVE' and server[HOST], server.get('fault')
    return server['id']
