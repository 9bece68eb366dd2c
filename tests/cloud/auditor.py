# SPDX-License-Identifier: Apache-2.0

"""Audits of the cloud by command, and what lies are told with.

The command runs as on a compute, with the databases of a controller: so it
reads the recorded host and what the recorded driver wrote of its guests.
"""

import contextlib
import dataclasses
import json
import subprocess
import uuid

from cloud import bring_up
from cloud import hosts
from cloud import layout
from cloud import processes
from cloud import settings
from tests.cloud import agreement
from tests.cloud.scene import HOST

# Product ids of the VFs that the alias and the ports of these hosts get.
OF_ALIAS, OF_PORTS = '0010', '10ca'
STRANGER = str(uuid.uuid5(uuid.NAMESPACE_URL, 'stranger'))
#: The columns that lies change, by table.
COLUMNS = {
    'pci_devices': (
        'address', 'status', 'instance_uuid', 'request_id', 'vendor_id',
        'product_id', 'dev_type', 'parent_addr', 'numa_node', 'extra_info'),
    'compute_nodes': ('pci_stats',),
    'instance_extra': ('pci_requests',)}


def write_databases(place, folder):
    """Write the file that names the databases; return its path."""
    path = folder / 'databases.conf'
    path.write_text(settings.DATABASES.format(
        **settings._values(place, settings.Choice())))
    return path


class Command:
    """``nova-pci audit`` for one host, or for all of the cloud.

    :param host: None for all of the cloud
    :param folder: for the file that names the databases
    """

    def __init__(self, place, host, folder):
        path = write_databases(place, folder)
        conf = (settings.compute_settings(place, host) if host
                else place.etc / 'nova' / settings.NOVA)
        self._place = place
        self._words = ['audit', '--config-file', str(conf), '--config-file',
                       str(path), *(['--host', host] if host else [])]
        self._loop = None

    def words(self, *more):
        """Return the words of a shell."""
        return [self._place.program('nova-pci'), *self._words, *more]

    def run(self, *more):
        """Return the kinds that are found, sorted."""
        if self._loop is None:
            # Not imported: it chooses threads before Nova is loaded.
            self._loop = subprocess.Popen(
                [self._place.program('python'), '-m',
                 'tests.cloud.audit_loop'], cwd=layout.ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
        words = [*self._words, '-f', 'json', *more]
        self._loop.stdin.write(json.dumps(words) + '\n')
        self._loop.stdin.flush()
        status, out, errors = json.loads(self._loop.stdout.readline())
        assert status in (0, 1), errors
        found = json.loads(out)['findings']
        assert status == bool(found)
        return sorted(each['kind'] for each in found)

    def end(self):
        """End the process."""
        if self._loop is not None:
            self._loop.stdin.close()
            self._loop.wait(timeout=60)
            self._loop.stdout.close()


class Auditor:
    """Audits in one cloud."""

    def __init__(self, place, scene, records, folder):
        self.place = place
        self.scene = scene
        self.calls = scene.calls
        self.records = records
        self.folder = folder
        self._commands = {}

    def command(self, host):
        """Return the audit of a host; None for all of the cloud."""
        if host not in self._commands:
            self._commands[host] = Command(self.place, host, self.folder)
        return self._commands[host]

    def audit(self, host, *words):
        """Return the kinds that are found, sorted."""
        return self.command(host).run(*words)

    def audit_everywhere(self):
        """Return what is found, of the cloud and of each host in turn."""
        found = {host or 'all': self.audit(host)
                 for host in (None, *hosts.recorded(self.place))}
        return {host: kinds for host, kinds in found.items() if kinds}

    def wait_for_agreement(self, timeout_s=agreement.TIMEOUT_S):
        """Wait until the books agree by what the tests know of them."""
        agreement.assert_agreement(self.records, timeout_s)

    def end(self):
        """End the processes of all commands."""
        for each in self._commands.values():
            each.end()


class Liar(Auditor):
    """Lies about two servers of one host; each is taken back at the end.

    :ivar host: on which both are
    :ivar other: one that is like it
    :ivar owner: the server with a port and a device of the alias
    :ivar neighbour: the server with a device of the alias
    """

    def __init__(self, place, scene, records, folder, choice):
        super().__init__(place, scene, records, folder)
        self._choice = choice
        self.port_id = scene.port('physnet2')
        flavor = scene.flavor('nvme:1')
        server = scene.boot(flavor, [self.port_id])
        assert server['status'] == 'ACTIVE', server.get('fault')
        self.host = server[HOST]
        (self.other,) = {'igb-1', 'igb-2'} - {self.host}
        self.owner = server['id']
        other = scene.boot(flavor, host=self.host)
        assert other['status'] == 'ACTIVE', other.get('fault')
        self.neighbour = other['id']
        self.guests = place.state / self.host / 'handed-over'
        self.later = contextlib.ExitStack()

    def stop(self):
        """Stop the compute, which would put some lies right by itself."""
        processes.stop(self.place, [f'compute-{self.host}'])

    def restart(self):
        """Start the compute of the servers anew, and wait until it is up."""
        bring_up.restart_nova(self.place, self._choice, self.calls,
                              [f'compute-{self.host}'])

    @contextlib.contextmanager
    def unchanged(self):
        """Put back what lies change."""
        which = {
            'pci_devices': 'compute_node_id IN (SELECT id FROM nova.'
                           'compute_nodes WHERE deleted = 0)',
            'compute_nodes': 'deleted = 0',
            'instance_extra': f'instance_uuid = "{self.owner}"'}
        kept = {table: self.records.query(
            f'SELECT * FROM nova.{table} WHERE {where}')
            for table, where in which.items()}
        guests = {path: path.read_text('utf-8')
                  for path in self.guests.glob('*.json')}
        try:
            with contextlib.ExitStack() as self.later:
                yield
        finally:
            for path in set(self.guests.glob('*.json')) - set(guests):
                path.unlink()
            for path, text in guests.items():
                path.write_text(text, 'utf-8')
            for table, rows in kept.items():
                self._put_back(table, rows)

    def _put_back(self, table, rows):
        now = {row['id']: row for row in self.records.query(
            f'SELECT * FROM nova.{table}')}
        written = ', '.join(f'{name} = %s' for name in COLUMNS[table])
        for row in rows:
            if now[row['id']] != row:
                self.sql(f'UPDATE nova.{table} SET {written} WHERE id = '
                         f'{row["id"]}',
                         *(row[name] for name in COLUMNS[table]))

    def sql(self, statement, *values):
        """Write to a database."""
        self.records.query(statement % tuple(
            'NULL' if value is None else json.dumps(value)
            for value in values))

    def node(self, host=None):
        """Return the number of a compute node."""
        return self.records.query(
            'SELECT id FROM nova.compute_nodes WHERE deleted = 0 AND host = '
            f'"{host or self.host}"')[0]['id']

    def row(self, address, /, host=None, **values):
        """Change a row."""
        names = ', '.join(f'{key} = %s' for key in values)
        self.sql(f'UPDATE nova.pci_devices SET {names} WHERE deleted = 0 AND '
                 f'compute_node_id = {self.node(host)} AND '
                 f'address = "{address}"', *values.values())

    def note(self, address, **notes):
        """Change notes in a row."""
        (row,) = self.records.query(
            'SELECT extra_info FROM nova.pci_devices WHERE deleted = 0 AND '
            f'compute_node_id = {self.node()} AND address = "{address}"')
        self.row(address, extra_info=json.dumps(
            {**json.loads(row['extra_info']), **notes}))

    def devices(self, **wanted):
        """Return the devices of the servers' host that are so."""
        return [each for each in self.records.devices()
                if each.host == self.host and all(
                    getattr(each, key) == value
                    for key, value in wanted.items())]

    def free(self, product=OF_ALIAS, number=0):
        """Return the address of a free device."""
        return [each.address for each in self.devices(status='available')
                if each.kind[1] == product][number]

    def owned(self, product=OF_ALIAS):
        """Return the server's device of the alias, or of its port."""
        return next(each for each in self.devices(owner=self.owner)
                    if each.kind[1] == product)

    def requests(self, change):
        """Change what the server asked for, by the name of its alias."""
        found = json.loads(self.records.query(
            'SELECT pci_requests FROM nova.instance_extra WHERE '
            f'instance_uuid = "{self.owner}"')[0]['pci_requests'])
        for each in found:
            change(each)
        self.write_requests(json.dumps(found))

    def write_requests(self, text):
        """Write what the server asked for."""
        self.sql('UPDATE nova.instance_extra SET pci_requests = %s WHERE '
                 'instance_uuid = %s', text, self.owner)

    def port(self, **changes):
        """Change the profile of the server's port."""
        path = f'/ports/{self.port_id}'
        old = self.calls.network('GET', path)['port']['binding:profile']
        self._put_port(self.port_id, old, **{
            'binding:profile': {**old, **changes}})

    def move_port(self):
        """Let the server's port be bound to the other host."""
        old = self.calls.network('GET', f'/ports/{self.port_id}')['port']
        self._put_port(self.port_id, old['binding:profile'], **{
            'binding:host_id': self.other})

    def _put_port(self, port_id, profile, **values):
        def put(**new):
            self.calls.network('PUT', f'/ports/{port_id}', {'port': new})
        self.later.callback(put, **{'binding:host_id': self.host,
                                    'binding:profile': profile})
        put(**values)

    def new_port(self, **values):
        """Make a port on the servers' host that names a free device."""
        own = self.calls.network('GET', f'/ports/{self.port_id}')['port']
        made = self.calls.network('POST', '/ports', {'port': {
            'network_id': own['network_id'], 'binding:vnic_type': 'direct',
            'binding:host_id': self.host, 'binding:profile': {
                'pci_slot': self.free(OF_PORTS, 3)}, **values}})['port']
        self.later.callback(self.calls.network, 'DELETE',
                            f'/ports/{made["id"]}')

    def guest(self, addresses, server=None):
        """Let the server's guest, or another one, have other devices.

        :param addresses: returns the new ones for the old ones
        :param server: whose guest it is
        """
        path = self.guests / f'{server or self.owner}.json'
        known = json.loads((path if path.exists() else self.guests / (
            f'{self.owner}.json')).read_text('utf-8'))
        template = known['devices'][0]
        known['devices'] = [
            {**template, 'address': address} for address in addresses(
                [each['address'] for each in known['devices']])]
        path.write_text(json.dumps(
            {**known, 'server': server or self.owner}), 'utf-8')

    def plug(self, change):
        """Let the host have other devices, or fewer.

        :param change: returns what is there for each device, or None
        """
        known = hosts.recording(self.host)
        self.later.callback(hosts.plug, self.place, self.host, known)
        hosts.plug(self.place, self.host, dataclasses.replace(
            known, devices=tuple(filter(None, map(change, known.devices)))))
