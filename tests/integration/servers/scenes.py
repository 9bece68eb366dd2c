# SPDX-License-Identifier: Apache-2.0

"""A server, the hosts that are asked about it, and all that is told."""

import contextlib

from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import live
from nova_pci_ext.servers import asking
from nova_pci_ext.servers import judging
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Event
from nova_pci_ext.servers.record import Fault
from nova_pci_ext.servers.record import OwnedDevice
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server
from nova_pci_ext.servers.run import Told
from tests.integration.planning import recorded
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import UUID


def server(**more):
    """Return a server that runs on host a, and owns nothing yet."""
    return Server(**{
        'place': Place(uuid=UUID, cell='cell1', cell_uuid='c1'),
        'name': 'web', 'status': 'ACTIVE', 'vm_state': 'active', 'host': 'a',
        'created': NOON, 'launched': NOON, **more})


def device(host, address='0000:81:00.1', **more):
    """Return a device that it owns."""
    return OwnedDevice(**{
        'host': host, 'node': host, 'address': address,
        'product': '8086:154c', 'status': 'allocated', 'numa_node': 0,
        'request': '', 'drained': None, **more})


class Recorded:
    """In the place of ``live.Cloud``: recorded hosts."""

    def __init__(self, fleet):
        self._fleet = fleet

    def other_filters(self):
        return []

    def hosts(self, spec):
        return (each.host for each in self._fleet.hosts(spec))

    def weighed(self, states, spec):
        return sorted(each.host for each in states)


@contextlib.contextmanager
def hosts(monkeypatch, *inventories):
    """Let the cloud have recorded hosts; yield their fleet."""
    with recorded.fleet(*inventories) as fleet:
        monkeypatch.setattr(live, 'Cloud', lambda context: Recorded(fleet))
        monkeypatch.setattr(databases, 'check_cells', lambda: None)
        yield fleet


def asked(fleet, alias='vf:1', **more):
    """Return what a server asks for."""
    return asking.Asked(spec=fleet.spec(recorded.server(alias)), flavor='f',
                        requests=((alias.partition(':')[0], 1),), **more)


def judged(monkeypatch, found, *inventories, alias='vf:1', host=None,
           **more):
    """Return what the hosts say."""
    with hosts(monkeypatch, *inventories) as fleet:
        return judging.judge(found, asked(fleet, alias, **more), host=host)


HOSTS = (recorded.host('busy'), recorded.host('one-card'))
FAULT = Fault(at=NOON, code=500, host='c1', message=(
    'No valid host was found. There are not enough hosts available.'))
FAILED = Action(at=NOON, name='create', request_id='req-1', message='Error',
                events=(Event(name='conductor', result='Error', host='c1'),))


def told(monkeypatch, of, alias='vf:1', **more):
    """Return all that is told of a server that is on recorded hosts."""
    with hosts(monkeypatch, *HOSTS) as fleet:
        wanted = asked(fleet, alias, names={'r1': 'vf'})
        found = judging.judge(of, wanted)
    return Told(server=of, asked=wanted, judged=found, **more)


def failed(**more):
    return server(**{
        'host': '', 'vm_state': 'error', 'status': 'ERROR',
        'place': Place(uuid=UUID, cell='cell0', cell_uuid='0',
                       in_cell0=True), 'launched': None,
        'faults': (FAULT,), 'actions': (FAILED,), **more})
