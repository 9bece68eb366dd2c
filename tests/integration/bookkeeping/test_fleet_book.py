# SPDX-License-Identifier: Apache-2.0

"""Databases of several cells, as Nova makes them, read by the command."""

import json
import subprocess
import sys

import pytest

from nova_pci_ext.handing_out import health
from tests import fleet_databases
from tests import igb_host
from tests.fleet_scenes import OWNER

PF, FAULT = '0000:81:00.0', 'lost its driver ixgbe'

pytestmark = pytest.mark.nova


def gpu(number, **more):
    return {'address': f'0000:{0x10 + number:02x}:00.0', **more}


def paired(number):
    return gpu(number, extra_info={
        'device_group_nvlink': f'p{number // 2}:2', 'managed': 'true'})


def vf(number):
    """Return a VF as nova-compute notes that its card is not healthy."""
    return {'address': f'0000:81:00.{number + 1}', 'dev_type': 'type-VF',
            'parent_addr': PF, 'extra_info': {
                'pci_ext_unhealthy': health.of_part(FAULT, PF)}}


HOSTS = {
    'one': {
        'gpu-1': [
            gpu(0), gpu(1, status='allocated', instance_uuid=OWNER,
                        extra_info={'pci_ext_drained': 'bad fan'}),
            gpu(2, extra_info={'pci_ext_drained': 'bad fan'}),
            gpu(3, numa_node=1, extra_info={'pci_ext_unhealthy': 'link'}),
            gpu(4, status='removed'), gpu(5, deleted=7)],
        'gpu-2': [paired(number) for number in range(4)],
        'gpu-3': ['disabled', gpu(0)],
        'odd': [gpu(0, status='lost'), gpu(1, extra_info='{'),
                gpu(2, extra_info='[1]'),
                gpu(3, extra_info='{"device_group_nvlink": ["x"]}')],
        'net': [vf(number) for number in (0, 1, 2)],
        'empty': []},
    'two': {'gpu-4': [paired(number) for number in range(4)]},
    'silent': None,
    'deaf': 'nothing://',
}
SILENT = ('nova-pci: warning: not read: database of cell silent: the '
          'server does not have this database (DBNonExistentDatabase)')
DEAF = ('nova-pci: warning: not read: database of cell deaf: the '
        'transport_url of the cell cannot be used (DriverLoadFailure)')


@pytest.fixture(scope='module')
def conf(tmp_path_factory):
    """Return the nova.conf of a controller of four cells, two of them off."""
    return fleet_databases.make(tmp_path_factory.mktemp('cells'), HOSTS)


def run(conf, *words):
    """Run nova-pci; return its status, output and standard error."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'nova_pci_ext.cli.main',
         *words, '--config-file', str(conf)],
        capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def test_all_cells_that_answer_are_read_and_the_others_named(conf):
    status, out, err = run(conf, 'fleet', '-f', 'json')
    assert (status, err.splitlines()) == (2, [
        SILENT, DEAF,
        'nova-pci: warning: not read: odd: 1 row with a status that is not '
        'one of Nova', 'nova-pci: warning: not read: odd: 2 rows with an '
        'extra_info that is not JSON: whether they are drained is not known'])
    counts = {tuple(row['hosts']): tuple(row[key] for key in (
        'disabled', 'devices', 'free', 'used', 'drained', 'drained_used',
        'unhealthy', 'largest_whole_group'))
        for row in json.loads(out)['classes']}
    assert counts == {
        ('gpu-1',): (False, 4, 2, 1, 1, 1, 1, 0),
        ('gpu-2', 'gpu-4'): (False, 4, 4, 0, 0, 0, 0, 2),
        ('gpu-3',): (True, 1, 1, 0, 0, 0, 0, 0),
        ('net',): (False, 3, 3, 0, 0, 0, 3, 0),
        ('odd',): (False, 3, 3, 0, 0, 0, 0, 0)}


def test_one_host_is_read_whatever_another_cell_does(conf):
    status, out, err = run(conf, 'devices', '--host', 'gpu-2')
    assert (status, err) == (0, '')
    assert 'gpu-2' in out
    assert '4 of 4 free' in out
    assert 'nvlink of 2: 2 of 2 whole' in out
    status, out, err = run(conf, 'fleet', '--host', 'empty', '-f', 'json')
    assert (status, json.loads(out)['classes'], err) == (0, [], '')


@pytest.mark.parametrize(('host', 'address', 'faults', 'devices'), [
    ('gpu-1', '0000:13:00.0', 'link', 1), ('net', PF, FAULT, 3)], ids=str)
def test_a_card_that_is_not_healthy_is_named(conf, host, address, faults,
                                             devices):
    status, out, err = run(conf, 'devices', '--host', host)
    assert (status, err) == (0, '')
    assert f'    {address} is not healthy: {faults}\n' in out
    assert out.count('not healthy') == 1
    _, out, _ = run(conf, 'devices', '--host', host, '-f', 'json')
    (row,) = json.loads(out)['classes']
    assert row['unhealthy_cards'] == [{
        'host': host, 'address': address, 'faults': faults,
        'devices': devices}]


def test_a_host_that_may_be_in_a_silent_cell_is_not_called_unknown(conf):
    status, out, err = run(conf, 'fleet', '--host', 'gone', '-f', 'json')
    assert (status, json.loads(out)['classes'], err) == (
        2, [], f'{SILENT}\n{DEAF}\n')


def test_what_is_drained_anywhere_is_listed(conf):
    status, out, err = run(conf, 'drained', '--all-hosts', '-f', 'json')
    assert (status, err.splitlines()[:2]) == (2, [SILENT, DEAF])
    assert json.loads(out)['drained'] == [
        {'host': 'gpu-1', 'address': '0000:11:00.0', 'reason': 'bad fan',
         'instance': OWNER},
        {'host': 'gpu-1', 'address': '0000:12:00.0', 'reason': 'bad fan',
         'instance': None}]
    _, out, _ = run(conf, 'drained', '--all-hosts')
    assert out.splitlines() == [
        f'gpu-1 0000:11:00.0: drained, bad fan; in use by {OWNER}',
        'gpu-1 0000:12:00.0: drained, bad fan']


def test_without_an_api_database_a_name_is_that_of_this_machine(tmp_path):
    """As on a compute: nova-pci devices --host is what Nova calls it."""
    root = igb_host.unpack(tmp_path)
    conf = root / 'nova.conf'
    conf.write_text('[pci]\ndevice_spec = {"address": "0000:41:00.0"}\n')
    status, out, err = run(conf, 'devices', '--host', 'compute7', '--sysfs',
                           str(root))
    assert (status, err) == (0, '')
    assert out.startswith('compute7: ')
    assert run(conf, 'devices', '--host', 'compute7', '--free', '1') == (
        2, '', 'nova-pci: error: --free: expected --all-hosts beside it, or '
        '--host with a host that the databases of the configuration have\n')


def test_no_database_is_an_error_in_words(tmp_path):
    conf = tmp_path / 'nova.conf'
    conf.write_text(f'[api_database]\nconnection = sqlite:///{tmp_path}/x\n')
    status, out, err = run(conf, 'fleet')
    assert (status, out) == (2, '')
    assert err.startswith('nova-pci: error: [api_database] connection: ')
