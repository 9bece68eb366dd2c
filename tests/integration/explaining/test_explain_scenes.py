# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain`` on recorded hosts, a scene for each reason.

The hosts are in tests/data/explain, all under one nova.conf::

    empty     no devices
    nic       node 0: PF 41:00.0 with VFs 41:10.0, .2, .4 on physnet1
              node 1: PF 81:00.0 with VFs 81:10.0, .2, .4 on physnet2
    busy      nic, where instance 1 owns 41:10.0 and .2, instance 2 owns
              41:10.4, 81:10.0 and .2
    one-card  PF 41:00.0 with VFs 41:10.0 and .2, on node 0
    gpu       node 0: two V100, of different models
              node 1: an A100 PF with a VF
    dpu       node 0: a VF that a DPU manages
              node 1: a vDPA device on physnet1

What is shown is compared with tests/golden/explain, letter by letter;
``NOVA_PCI_WRITE_EXAMPLES=1`` writes it anew instead.
"""

import json
import os
import pathlib
import shlex

import jsonschema
import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.model.verdict import Reason

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / 'doc' / 'source' / 'reference'
                     / 'explain.schema.json').read_text())
HOSTS = ROOT / 'tests' / 'data' / 'explain'
GOLDEN = ROOT / 'tests' / 'golden' / 'explain'
ALIAS = '--extra-spec pci_passthrough:alias='
REQUIRED = '--extra-spec hw:pci_numa_affinity_policy=required'

# Name of the scene: hosts, words, and the reasons of the hosts that refuse.
SCENES = {
    'devices-that-would-be-used': (
        'nic busy gpu', ALIAS + 'vf:2', ['identity', 'too_few']),
    'no-devices': ('empty', ALIAS + 'vf:1', ['no_devices']),
    'identity': ('nic gpu', ALIAS + 'fpga:1', ['identity'] * 2),
    'dev-type': ('nic', ALIAS + 'whole:1', ['dev_type']),
    'physical-network': (
        'nic dpu', '--physical-network physnet3', ['physical_network'] * 2),
    'network-function': ('gpu', '--vnic-type direct', ['network_function']),
    'tag': ('nic', '--vnic-type remote-managed --physical-network physnet1',
            ['tag']),
    'live-migratable': ('nic', ALIAS + 'movable:1', ['live_migratable']),
    'pf-not-asked': ('nic', ALIAS + 'card:1', ['pf_not_asked']),
    'vdpa-not-asked': ('dpu', ALIAS + 'vdpa:1', ['vdpa_not_asked']),
    'remote-managed-not-asked': (
        'dpu', ALIAS + 'dpu:1', ['remote_managed_not_asked']),
    'numa-node': (
        'nic gpu', f'{ALIAS}vf:1 {REQUIRED} --numa-cells 1 '
        '--physical-network physnet1 --physical-network physnet2',
        ['numa_node', 'physical_network']),
    'numa-nodes-without-room': (
        'nic', f'{ALIAS}vf:1 --numa-cells 1 --vcpus 4 --ram 9000', [None]),
    'too-few': ('nic busy', ALIAS + 'vf:7', ['too_few'] * 2),
    'joint-alternatives': (
        'gpu nic', ALIAS + 'gpu:1,any-gpu:2', ['identity', 'joint']),
    'joint-alias-and-ports': (
        'nic', f'{ALIAS}vf:3 ' + '--physical-network physnet1 ' * 2
        + '--physical-network physnet2 ' * 2, ['joint']),
    'pf-and-vf': ('one-card nic', ALIAS + 'pf:1,vf:1', ['pf_and_vf']),
    'pf-excluded-by-an-owned-vf': ('busy', ALIAS + 'pf:1', ['identity']),
    'pfs-excluded-by-several-owners': ('busy', ALIAS + 'pf:2', ['identity']),
    'set': ('nic', f'{ALIAS}vf:4 --extra-spec '
            'pci_passthrough:same=numa_node:vf', ['set']),
    'set-value': ('nic', f'{ALIAS}vf:2 --extra-spec '
                  'pci_passthrough:same=rack:vf', ['set_value']),
    'sets-together': (
        'nic busy', f'{ALIAS}vf:1 --extra-spec "pci_passthrough:distinct='
        'pf:vf,ports@physnet1" --extra-spec pci_passthrough:pair='
        'physical_network:ports@physnet1,vf --physical-network physnet1',
        ['set', 'physical_network']),
    'bandwidth': (
        'budget', f'{ALIAS}fast:3 --extra-spec '
        'pci_passthrough:bandwidth=10000:fast', ['bandwidth']),
    'bandwidth-budget': (
        'budget nic', f'{ALIAS}fast:1 --extra-spec '
        'pci_passthrough:bandwidth=40000:fast', ['bandwidth_budget',
                                                 'identity']),
    'several-servers': (
        'nic busy gpu', ALIAS + 'vf:2 --count 5', ['identity', 'too_few']),
    'with-moves': (
        'busy one-card', ALIAS + 'vf:3 --with-moves', ['too_few'] * 2),
    'with-moves-that-make-no-room': (
        'busy gpu', ALIAS + 'pf:2 --with-moves 3', ['identity'] * 2),
    'capacity': ('nic busy one-card gpu', ALIAS + 'vf:1 --capacity',
                 ['identity']),
    'capacity-with-numa': (
        'nic', f'{ALIAS}vf:2 --numa-cells 1 {REQUIRED} --capacity', []),
}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command on some hosts, in the folder of the sources."""
    monkeypatch.chdir(ROOT)

    def go(hosts, words, *more):
        files = [word for host in hosts.split() for word in (
            '--inventory', f'tests/data/explain/{host}.json')]
        status = main.main([
            'explain', '--config-file', 'tests/data/explain/nova.conf',
            *files, *shlex.split(words), *more])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


@pytest.mark.parametrize('scene', SCENES)
def test_a_scene_is_explained_to_the_letter(run, scene):
    hosts, words, _ = SCENES[scene]
    _, out, err = run(hosts, words, '-v')
    path = GOLDEN / f'{scene}.txt'
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        path.parent.mkdir(exist_ok=True)
        path.write_text(out)
    assert (out, err) == (path.read_text(), '')


@pytest.mark.parametrize('scene', SCENES)
def test_a_scene_for_machines_has_its_reasons(run, scene):
    hosts, words, reasons = SCENES[scene]
    status, out, _ = run(hosts, words, '-f', 'json')
    told = json.loads(out)
    jsonschema.validate(told, SCHEMA)
    rows = told['hosts']
    assert [row['host'] for row in rows if row['servers']] == [
        row['host'] for row in rows if row['answer'] == 'passes']
    assert sorted(str(row['reason'].get('reason')) for row in rows
                  if not row['servers']) == sorted(map(str, reasons))
    total = sum(row['servers'] for row in rows)
    assert status == told['verdict']['status'] == (
        0 if total >= (5 if '--count 5' in words else 1) else 1)


def test_every_reason_that_a_recording_can_have_has_a_scene():
    shown = {reason for _, _, reasons in SCENES.values()
             for reason in reasons}
    assert {reason.value for reason in Reason} - shown == {
        'no_statistics', 'host_error', 'no_candidates', 'bad_request',
        'provider', 'placement', 'search_limit'}


@pytest.mark.parametrize(('words', 'message'), [
    pytest.param(
        ALIAS + 'a7:1', "pci_passthrough:alias: no alias is named 'a7'; "
        'expected one of any-gpu, card, dpu, fast, fpga, gpu, movable, pf, '
        'vdpa, vf, whole', id='an alias that is not defined'),
    pytest.param(
        ALIAS + 'vf', 'pci_passthrough:alias: "vf" is not a request; expected '
        'name:count with count from 1', id='a count that is missing'),
    pytest.param(
        '--extra-spec hw:numa_nodes', '--extra-spec hw:numa_nodes: expected '
        'KEY=VALUE', id='an extra spec without value'),
    *(pytest.param(
        f'--extra-spec {written}=vf:1', f'--extra-spec {written}: no device '
        f'depends on it; did you mean {meant}?', id=f'a slip: {written}')
      for written, meant in (
          ('pci_passthrough:aliases', 'pci_passthrough:alias'),
          ('pci_passthru:alias', 'pci_passthrough:alias'),
          ('pci-passthrough:alias', 'pci_passthrough:alias'),
          ('hw:pci_numa_afinity_policy', 'hw:pci_numa_affinity_policy'),
          ('hw:numa_node', 'hw:numa_nodes'),
          ('pci_passthrough:distinkt', 'pci_passthrough:distinct'))),
    pytest.param(
        ALIAS + 'vf:2 --extra-spec pci_passthrough:same=pf:gpu,vf '
        '--extra-spec pci_passthrough:pair=numa:vf,gpu',
        'pci_passthrough:pair: unknown attribute "numa"; did you mean '
        'numa_node?\nnova-pci: error: pci_passthrough:same: the flavor asks '
        'for no alias "gpu"; expected one of vf, ports, or add the alias to '
        'pci_passthrough:alias', id='sets of devices that are wrong'),
    pytest.param(
        '--vnic-type normal', 'such a server asks for no PCI device, so that '
        'every host has what it needs', id='no device at all'),
    pytest.param(
        ALIAS + 'vf:1 --extra-spec hw:pci_numa_affinity_policy=near',
        'Invalid PCI NUMA affinity configured: near',
        id='a policy that Nova refuses'),
    pytest.param(
        '--vnic-type direct ' + '--physical-network physnet1 ' * 2,
        '2 --physical-network for 1 --vnic-type; expected one for each at '
        'most', id='more networks than ports'),
    pytest.param(
        '--flavor m1.large', '--flavor names something of the cloud, and '
        '--inventory asks recorded hosts; expected --extra-spec, --vnic-type '
        'and --physical-network', id='a flavor of the cloud'),
])
def test_a_question_that_is_none_has_one_clear_answer(run, words, message):
    status, out, err = run('nic', words)
    assert (status, out, err) == (2, '', f'nova-pci: error: {message}\n')


def test_a_recorded_host_that_is_none_is_one_error(run, tmp_path):
    path = tmp_path / 'host.json'
    path.write_text('{"format": "nova-pci-inventory"')
    status, out, err = run('nic', ALIAS + 'vf:1', '--inventory', str(path))
    assert (status, out) == (2, '')
    assert err == ('nova-pci: error: '
                   f'{path}: expected JSON; the fault is at line 1 '
                   'column 32\n')


def test_devices_are_those_that_the_compute_would_claim(run):
    _, out, _ = run('nic', ALIAS + 'vf:2', '-f', 'json')
    assert json.loads(out)['hosts'][0]['devices'] == [
        {'request': 'vf', 'address': '0000:41:10.2'},
        {'request': 'vf', 'address': '0000:41:10.4'}]
