# SPDX-License-Identifier: Apache-2.0

"""Lies in the books of the cloud: found by command, repaired, and no more.

The command runs as on a compute, with the databases of a controller: so it
reads the recorded host and what the recorded driver wrote of its guests.
"""

import contextlib
import json
import os
import signal
import subprocess
import uuid

import pytest

from cloud import bring_up
from cloud import hosts
from cloud import processes
from cloud import rest
from cloud import settings
from tests.cloud import agreement
from tests.cloud.scene import HOST

# A restarted compute finds rows that were made for the test.
EXPECTED_LOG = ('is no longer on this host', 'PCI device')
# Product ids of the VFs that the alias and the ports of these hosts get.
OF_ALIAS, OF_PORTS = '0010', '10ca'
STRANGER = str(uuid.uuid5(uuid.NAMESPACE_URL, 'stranger'))


class Auditor:
    """Audits and lies in one cloud.

    :ivar server: of a server with a port and devices of an alias
    """

    def __init__(self, place, scene, records, folder):
        self._place = place
        self.calls = scene.calls
        self.records = records
        self._folder = folder
        self.port_id = scene.port('physnet2')
        self.server = scene.boot(scene.flavor('nvme:1'), [self.port_id])
        assert self.server['status'] == 'ACTIVE', self.server.get('fault')
        self.host = self.server[HOST]
        self.owner = self.server['id']
        self.guests = place.state / self.host / 'handed-over'
        self.new_ports = []

    def command(self, host, *words):
        """Return the words that audit a host, or all of the cloud."""
        path = self._folder / 'databases.conf'
        values = settings._values(self._place, settings.Choice())
        path.write_text(settings.DATABASES.format(**values))
        conf = (settings.compute_settings(self._place, host) if host
                else self._place.etc / 'nova' / settings.NOVA)
        return [self._place.program('nova-pci'), 'audit', '--config-file',
                str(conf), '--config-file', str(path),
                *(['--host', host] if host else []), *words]

    def audit(self, host, *words):
        """Return the kinds that are found, sorted."""
        done = subprocess.run(
            self.command(host, '-f', 'json', *words), capture_output=True,
            text=True, timeout=300)
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)['findings']
        assert done.returncode == bool(found)
        return sorted(each['kind'] for each in found)

    def sql(self, statement, *values):
        """Write to a database."""
        self.records.query(statement % tuple(
            'NULL' if value is None else json.dumps(value)
            for value in values))

    def node(self):
        """Return the number of the server's compute node."""
        return self.records.query(
            'SELECT id FROM nova.compute_nodes WHERE deleted = 0 AND host = '
            f'"{self.host}"')[0]['id']

    def row(self, address, /, **values):
        """Change a row of the server's host."""
        written = ', '.join(
            f'{key} = ' + ('NULL' if value is None else json.dumps(value))
            for key, value in values.items())
        self.records.query(
            f'UPDATE nova.pci_devices SET {written} WHERE deleted = 0 AND '
            f'compute_node_id = {self.node()} AND address = "{address}"')

    def devices(self, **wanted):
        """Return the devices of the server's host that are so."""
        return [each for each in self.records.devices()
                if each.host == self.host and all(
                    getattr(each, key) == value
                    for key, value in wanted.items())]

    def free(self, product=OF_ALIAS, number=0):
        """Return the address of a free device."""
        return [each.address for each in self.devices(status='available')
                if each.kind[1] == product][number]

    def owned(self):
        """Return the address of the server's device of the alias."""
        return next(each.address for each in self.devices(owner=self.owner)
                    if each.kind[1] == OF_ALIAS)

    def port(self, **changes):
        """Change the profile of the server's port."""
        path = f'/ports/{self.port_id}'
        old = self.calls.network('GET', path)['port'][
            'binding:profile']
        self.calls.network('PUT', path, {'port': {
            'binding:profile': {**old, **changes}}})

    def new_port(self, **values):
        """Make a port on the server's host that names a free device."""
        own = self.calls.network('GET', f'/ports/{self.port_id}')['port']
        made = self.calls.network('POST', '/ports', {'port': {
            'network_id': own['network_id'], 'binding:vnic_type': 'direct',
            'binding:host_id': self.host, 'binding:profile': {
                'pci_slot': self.free(OF_PORTS, 3)}, **values}})['port']
        self.new_ports.append(made['id'])

    def guest(self, addresses, server=None):
        """Let the server's guest, or another one, have other devices.

        :param addresses: returns the new ones for the old ones
        """
        known = json.loads(
            (self.guests / f'{self.owner}.json').read_text('utf-8'))
        template = known['devices'][0]
        known['devices'] = [
            {**template, 'address': address} for address in addresses(
                [each['address'] for each in known['devices']])]
        name = server or self.owner
        (self.guests / f'{name}.json').write_text(
            json.dumps({**known, 'server': name}), 'utf-8')

    def restart(self):
        """Start the compute of the server anew."""
        names = [f'compute-{self.host}']
        processes.stop(self._place, names)
        bring_up.start(self._place, names)


def lie_owner(found):
    found.row(found.free(), status='allocated', instance_uuid=STRANGER)


def lie_claimed(found):
    found.row(found.free(), status='claimed', instance_uuid=STRANGER)


def lie_status(found):
    found.row(found.free(), status='allocated')


def lie_removed(found):
    found.row(found.free(OF_PORTS, 1), status='removed')


def lie_set_aside(found):
    found.row(found.free(OF_PORTS, 5), status='unavailable')


def lie_profile(found):
    found.port(pci_slot=found.free(OF_PORTS, 3))


# What is found, and the lie.
REPAIRED = [
    ('owner-not-there', lie_owner), ('owner-not-there', lie_claimed),
    ('status-and-owner', lie_status), ('removed-row', lie_removed),
    ('set-aside-for-nobody', lie_set_aside),
    ('port-other-device', lie_profile)]


def rows_of_owned(**values):
    """Return a lie about the row of a device that the server owns."""
    def tell(found):
        found.row(found.owned(), **values)
    return tell


def rows_of_free(**values):
    """Return a lie about the row of a free device."""
    def tell(found):
        found.row(found.free(), **values)
    return tell


def pools(text):
    """Return a lie about the pools of the server's host."""
    def tell(found):
        found.sql('UPDATE nova.compute_nodes SET pci_stats = %s WHERE '
                  'deleted = 0 AND host = %s', text, found.host)
    return tell


def requests(text):
    """Return a lie about what the server asked for."""
    def tell(found):
        found.sql('UPDATE nova.instance_extra SET pci_requests = %s WHERE '
                  'instance_uuid = %s', text, found.owner)
    return tell


def port_of(**changes):
    """Return a lie about the server's port."""
    return lambda found: found.port(**changes)


def guest_of(addresses, server=None):
    """Return a lie about the devices of a guest.

    :param addresses: returns them for the auditor and the old ones
    """
    return lambda found: found.guest(
        lambda old: addresses(found, old), server)


def port_of_nobody(found):
    found.new_port()


def port_of_a_server_that_is_gone(found):
    found.new_port(device_id=STRANGER)


EXPLAINED = [
    ('unreadable-row', rows_of_free(status='lent')),
    ('unreadable-row', rows_of_free(dev_type='type-XY')),
    ('unreadable-row', rows_of_free(address='rubbish')),
    ('unreadable-row', rows_of_free(dev_type='type-VF', parent_addr=None)),
    ('owner-not-there', rows_of_owned(instance_uuid=STRANGER)),
    ('row-without-request', rows_of_owned(request_id='another')),
    ('claim-left', rows_of_owned(status='claimed')),
    ('free-row-in-use', rows_of_owned(
        status='available', instance_uuid=None, request_id=None)),
    ('status-and-owner', rows_of_owned(instance_uuid=None)),
    ('status-and-owner', rows_of_owned(status='available')),
    ('another-device', rows_of_owned(product_id='ffff')),
    ('another-device', rows_of_owned(vendor_id='ffff')),
    ('another-device', rows_of_free(product_id='ffff')),
    ('free-device-gone', rows_of_free(address='0000:fe:00.0')),
    ('pools-differ', pools('[]')),
    ('pools-differ', rows_of_free(numa_node=7)),
    ('unreadable-pools', pools('{"nova_object.namespace": 1}')),
    ('unreadable-requests', requests('[{}]')),
    ('unreadable-requests', requests('[')),
    ('port-other-device', port_of(pci_vendor_info='ffff:ffff')),
    ('port-other-device', port_of(pci_slot='0000:fe:00.1')),
    ('port-other-device', port_of(pci_slot=None)),
    ('profile-left', port_of_nobody),
    ('port-of-gone-instance', port_of_a_server_that_is_gone),
    ('guest-has-free-device', guest_of(
        lambda found, old: [*old, found.free()])),
    ('guest-has-untracked', guest_of(
        lambda found, old: [*old, '0000:fe:00.0'])),
    ('not-in-guest', guest_of(lambda found, old: [
        each for each in old if each != found.owned()])),
    ('two-guests', guest_of(lambda found, old: [found.owned()], STRANGER)),
    ('guest-unknown', guest_of(lambda found, old: [found.free()], STRANGER)),
    ('unreadable-requests', requests('7')),
    ('unreadable-row', rows_of_free(status='')),
    ('status-and-owner', rows_of_free(instance_uuid=STRANGER)),
    ('removed-row', rows_of_free(status='deleted')),
    ('unreadable-pools', pools('[[1]]')),
]


@pytest.fixture
def found(place, scene, records, tmp_path):
    """Yield an auditor; all tables and guests are as before, at the end."""
    made = Auditor(place, scene, records, tmp_path)
    rest.wait_until('agreement', lambda: not list(
        agreement.breaches(records)), 60)
    yield made
    made.restart()


@contextlib.contextmanager
def unchanged(found):
    """Put back what a lie changes: rows, pools, requests, ports, guests."""
    tables = {
        'pci_devices': (f'compute_node_id = {found.node()}', (
            'address', 'status', 'instance_uuid', 'request_id', 'vendor_id',
            'product_id', 'dev_type', 'parent_addr', 'numa_node')),
        'compute_nodes': (f'host = "{found.host}"', ('pci_stats',)),
        'instance_extra': (f'instance_uuid = "{found.owner}"',
                           ('pci_requests',))}
    kept = {table: found.records.query(
        f'SELECT * FROM nova.{table} WHERE {which}')
        for table, (which, _) in tables.items()}
    profile = found.calls.network(
        'GET', f'/ports/{found.port_id}')['port']['binding:profile']
    guests = {path: path.read_text('utf-8')
              for path in found.guests.glob('*.json')}
    try:
        yield
    finally:
        for path in set(found.guests.glob('*.json')) - set(guests):
            path.unlink()
        for path, text in guests.items():
            path.write_text(text, 'utf-8')
        while found.new_ports:
            found.calls.network('DELETE', f'/ports/{found.new_ports.pop()}')
        for table, rows in kept.items():
            for row in rows:
                columns = tables[table][1]
                written = ', '.join(f'{name} = %s' for name in columns)
                found.sql(f'UPDATE nova.{table} SET {written} WHERE id = '
                          f'{row["id"]}', *(row[name] for name in columns))
        found.port(**profile)


def test_a_healthy_cloud_agrees_and_a_lie_is_found_by_command(
        found, place):
    assert found.audit(None) == []
    for host in hosts.recorded(place):
        assert found.audit(host) == []
    with unchanged(found):
        lie_owner(found)
        assert found.audit(None) == ['owner-not-there']
    assert found.audit(found.host) == []


def test_each_lie_is_found_and_nothing_else(found):
    wrong = {}
    for number, (kind, tell) in enumerate([*REPAIRED, *EXPLAINED]):
        with unchanged(found):
            tell(found)
            seen = found.audit(found.host, '--wait', '0')
            if seen != [kind]:
                wrong[number] = kind, seen
    assert wrong == {}


def killed_at(words, line, number):
    """Run a command, and kill it when it says a line for the n-th time.

    It says one before each write and one after it.
    """
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    for said in process.stderr:
        number -= said.startswith(line)
        if not number:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stderr.close()
    assert process.wait() == -signal.SIGKILL


# What is said for the n-th time when the command is killed, and how many
# repairs are made then.
@pytest.mark.parametrize(('line', 'number', 'made'), [
    ('repairing ', 2, 1), ('repaired', 3, 3), ('repairing ', 6, 5)])
def test_repairs_that_are_killed_go_on(found, line, number, made):
    """The guest keeps what it has throughout."""
    before = found.devices(owner=found.owner)
    for _, tell in REPAIRED:
        tell(found)
    assert found.audit(found.host) == sorted(kind for kind, _ in REPAIRED)
    killed_at(found.command(found.host, '--repair', '--yes', '--wait', '0'),
              line, number)
    kinds = {kind for kind, _ in REPAIRED}
    left = [kind for kind in found.audit(found.host) if kind in kinds]
    assert len(left) == len(REPAIRED) - made
    found.audit(found.host, '--repair', '--yes')
    assert found.devices(owner=found.owner) == before
    found.restart()
    rest.wait_until('agreement', lambda: not list(
        agreement.breaches(found.records)), 120)
    assert found.audit(found.host) == []
