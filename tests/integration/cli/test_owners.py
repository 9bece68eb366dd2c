# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices`` and Nova's database: a real one, on SQLite.

Each step is a process of its own, because Nova's configuration and database
are global to one.
"""

import json
import subprocess
import sys

import pytest

from tests import igb_host

pytestmark = pytest.mark.nova

SERVER = '5f0ea7b1-8a53-4c0c-9d5b-0f4d6a2c7e11'
MAKE_DATABASE = """
import sys
from nova import config, context, objects
from nova.db import migration
config.parse_args(['x', '--config-file', sys.argv[1]], init_rpc=False)
migration.db_sync(database='main')
objects.register_all()
admin = context.get_admin_context()
numbers = {}
for host in ('compute1', 'compute2'):
    node = objects.ComputeNode(
        admin, host=host, hypervisor_hostname=host, vcpus=1, memory_mb=1,
        local_gb=1, vcpus_used=0, memory_mb_used=0, local_gb_used=0,
        hypervisor_type='x', hypervisor_version=1, cpu_info='')
    node.create()
    numbers[host] = node.id
for host, address, owner, noted in (
        ('compute1', '0000:41:10.0', sys.argv[2], {
            'pci_ext_unclean': 'of the server before'}),
        ('compute1', '0000:41:10.2', None, {
            'pci_ext_unclean': 'VLAN 5, trust on'}),
        ('compute1', '0000:41:10.6', None, {
            'pci_ext_held': 'it may be the device of 0000:42:10.6'}),
        ('compute2', '0000:41:10.4', sys.argv[2], {})):
    row = objects.PciDevice.create(admin, {
        'compute_node_id': numbers[host], 'address': address,
        'vendor_id': '8086', 'product_id': '10ca', 'dev_type': 'type-VF',
        'status': 'available', 'parent_addr': '0000:41:00.0',
        'numa_node': 0, 'dev_id': address, 'label': 'label'})
    if owner:
        row.status, row.instance_uuid = 'allocated', owner
    row.extra_info = {**row.extra_info, **noted}
    row.save()
"""


@pytest.fixture(scope='module')
def host(tmp_path_factory):
    """Return a folder with a recorded sysfs and a nova.conf."""
    root = igb_host.unpack(tmp_path_factory.mktemp('compute1'))
    (root / 'nova.conf').write_text(
        f'[database]\nconnection = sqlite:///{root}/nova.sqlite\n'
        '[pci]\ndevice_spec = {"address": "0000:41:00.0"}\n')
    return root


def devices(host, *words):
    """Run the command; return its status, rows and standard error."""
    done = subprocess.run(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', 'devices',
         '-f', 'json', '--sysfs', host, '--host', 'compute1',
         '--config-file', host / 'nova.conf', *words],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row['address']: row for row in json.loads(done.stdout)['devices']}
    return rows, done.stderr


@pytest.fixture(scope='module')
def before(host):
    """Return what is shown while there is no database."""
    return devices(host)


def test_without_a_database_all_but_the_owners_is_shown(before):
    rows, err = before
    assert rows['0000:41:10.0']['use'] == 'free'
    assert err == ('nova-pci: warning: '
                   '[database] connection: not a database of Nova, '
                   'or of another release (DBNonExistentTable); who owns the '
                   'devices is not known\n')


def test_the_owners_are_those_of_this_host(host, before, tmp_path):
    subprocess.run([sys.executable, '-c', MAKE_DATABASE,
                    host / 'nova.conf', SERVER], check=True, timeout=120)
    record = tmp_path / 'host.json'
    rows, err = devices(host, '--record', record)
    assert err == ''
    assert {address: (row['use'], row['instance'])
            for address, row in rows.items()
            if address[5:8] == '41:' and row['use'] != 'free'} == {
        '0000:41:00.0': ('dependent', None),
        '0000:41:10.0': ('owned', SERVER),
        '0000:41:10.6': ('dependent', None)}
    # What nova-compute has noted there is shown, as nova-pci audit has it.
    assert {(address, row['use'], row['unclean'], row['held'])
            for address, row in rows.items()
            if row['unclean'] or row['held']} == {
        ('0000:41:10.2', 'free', 'VLAN 5, trust on', None),
        ('0000:41:10.6', 'dependent', None,
         'it may be the device of 0000:42:10.6')}
    recorded = json.loads(record.read_text())['devices']
    assert [(each['address'], each['owner']) for each in recorded
            if 'owner' in each] == [('0000:41:10.0', SERVER)]
    without, _ = devices(host, '--no-owners')
    assert without['0000:41:10.0']['use'] == 'free'


def test_a_database_that_does_not_know_the_host_is_a_warning(host, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text(f'[database]\nconnection = sqlite:///{tmp_path}/other\n')
    subprocess.run([sys.executable, '-c', MAKE_DATABASE, path, SERVER],
                   check=True, timeout=120)
    rows, err = devices(host, '--host', 'elsewhere', '--config-file', path)
    assert rows['0000:41:10.0']['instance'] is None
    assert err == (
        'nova-pci: warning: '
        '[database] connection: the database has no compute node on '
        'elsewhere; --host names the host as Nova does; who owns the devices '
        'is not known\n')


def test_a_recorded_host_has_owners_where_the_database_is_named(
        host, before, tmp_path):
    """What a server owns was shown as free."""
    conf, record = tmp_path / 'nova.conf', tmp_path / 'host.json'
    conf.write_text(f'[database]\nconnection = sqlite:///{tmp_path}/db\n'
                    '[pci]\ndevice_spec = {"address": "0000:41:00.0"}\n')
    subprocess.run([sys.executable, '-c', MAKE_DATABASE, conf, SERVER],
                   check=True, timeout=120)
    devices(host, '--no-owners', '--record', record)

    def recorded(*words):
        done = subprocess.run(
            [sys.executable, '-m', 'nova_pci_ext.cli.main', 'devices',
             '-f', 'json', '--inventory', record, '--config-file', conf,
             *words], capture_output=True, text=True, timeout=120,
            check=False)
        return [(row['address'], row['instance'])
                for row in json.loads(done.stdout)['devices']
                if row['instance']], (
            done.returncode, done.stderr)
    assert recorded() == ([('0000:41:10.0', SERVER)], (0, ''))
    assert recorded('--host', 'compute2') == (
        [('0000:41:10.4', SERVER)], (0, ''))
    assert recorded('--no-owners') == ([], (0, ''))
