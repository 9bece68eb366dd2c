# SPDX-License-Identifier: Apache-2.0
"""VFs come and go at random while servers boot and end.

``NOVA_PCI_STORM_SEED`` names another storm than the first.
"""

import os
import random
import threading

from tests.cloud import agreement
from tests.hardware import place as place_of
from tests.hardware.test_hot_plug import EXPECTED_LOG as VANISHED
from tests.hardware.test_hot_plug import FLASH
from tests.hardware.test_hot_plug import SPARE
from tests.hardware.test_hot_plug import SYSFS

#: Four servers boot while the VFs of two cards are made. On a machine without
#: KVM a look at a VF may then take longer than nova-compute waits for it.
EXPECTED_LOG = (*VANISHED, 'no answer of the kernel within',
                'has not answered yet')
SEED = int(os.environ.get('NOVA_PCI_STORM_SEED', '0'))
CHANGES, SERVERS, IN_FLIGHT = 30, 20, 4
#: Card to the number of VFs that it may have; no guest's card is pulled.
CARDS = {FLASH: 4, SPARE: 7}
AT_REST = {'ACTIVE', 'ERROR'}


class Changes(threading.Thread):
    """Changes the number of VFs of one card again and again.

    :ivar done: how often; a change waits for guests that have VFs
    """

    def __init__(self, machine, card, count):
        super().__init__(daemon=True)
        self._machine, self._card, self._count = machine, card, count
        self._random = random.Random(f'{SEED} {card}')
        self.done = 0
        self.error = None

    def run(self):
        path = f'{SYSFS}/{self._card}/sriov_numvfs'
        try:
            for _ in range(self._count):
                count = self._random.randrange(CARDS[self._card] + 1)
                self._machine.run(f'echo 0 >{path}; echo {count} >{path}; '
                                  'sleep 2', timeout_s=900)
                self.done += 1
        except Exception as error:
            self.error = error


def impossible(records):
    """Yield what may be at no moment."""
    devices = records.devices()
    yield from agreement.doubly_owned(devices)
    for each in devices:
        if each.host == place_of.HOST and each.kind[2] == 'type-PCI':
            yield f'{each.address} is a phantom: {each}'


def test_every_server_runs_or_has_a_reason_and_nothing_is_lost(
        scene, records, machine):
    chance = random.Random(SEED)
    changes = [Changes(machine, card, CHANGES // len(CARDS))
               for card in CARDS]
    for each in changes:
        each.start()
    started, running, ends = 0, set(), {}
    while started < SERVERS or running:
        assert list(impossible(records)) == []
        while started < SERVERS and len(running) < IN_FLIGHT:
            alias = chance.choice((None, 'nvme:1', 'nvme:2', 'igbvf:1'))
            ports = [scene.port('physnet2')] if alias is None else []
            running.add(scene.start_boot(
                scene.flavor(alias), ports, host=place_of.HOST))
            started += 1
        for server in scene.details():
            if server['id'] in running and server['status'] in AT_REST and (
                    server['OS-EXT-STS:task_state'] is None):
                ends[server['id']] = (
                    server['status'], server.get('fault', {}).get('message'))
                running.discard(server['id'])
                scene.calls.compute('DELETE', f'/servers/{server["id"]}')
    scene.delete(scene.servers())
    for each in changes:
        each.join(300)
    assert [(each.done, each.error) for each in changes] == [
        (CHANGES // len(CARDS), None)] * len(CARDS)
    machine.run('sh /lab/make-vfs || true')
    print(sorted(str(end) for end in ends.values()))
    assert [end for end in ends.values()
            if end[0] != 'ACTIVE' and not end[1]] == []
    assert len(ends) == SERVERS
