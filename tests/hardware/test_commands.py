# SPDX-License-Identifier: Apache-2.0
"""The commands of nova-pci on a compute whose guests have devices.

Those of a host run in the machine, with its nova.conf and the databases of the
cloud; those of a cloud outside.
"""

import json
import subprocess

import pytest

from cloud import rest
from cloud import settings
from nova_pci_ext.auditing.kinds import Kind
from tests.cloud import auditor
from tests.hardware import agreement
from tests.hardware import compute as compute_of
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.test_boot import boot
from tests.hardware.test_clean import SEEN_S

#: A command loads Nova, which takes a machine without KVM half a minute.
PATIENCE_S = 400


class Commands:
    """Runs nova-pci, on the machine or outside.

    :param conf: of its compute
    :param databases: the file that names them
    """

    def __init__(self, machine, conf, databases):
        self._machine = machine
        self._files = f'--config-file {conf} --config-file {databases}'

    def on_host(self, words):
        """Return exit status and answer of a command on the machine."""
        text = self._machine.run(
            f'nova-pci {words} {self._files} -f json 2>/tmp/said; '
            'status=$?; echo; echo $status', PATIENCE_S)
        answer, status = text.rstrip('\n').rsplit('\n', 1)
        return int(status), json.loads(answer)

    def outside(self, words):
        """Return the same of a command that needs the databases alone."""
        place = self._machine.place
        done = subprocess.run(
            [place.program('nova-pci'), *words.split(), '-f', 'json',
             '--config-file', str(place.etc / 'nova' / settings.NOVA)],
            capture_output=True, text=True, timeout=PATIENCE_S)
        return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope='module')
def commands(machine, place, compute):
    """The databases can be reached in the machine as the services can."""
    compute_of.lead_outside(machine, 'mariadb')
    return Commands(machine, compute.conf,
                    auditor.write_databases(place, place.folder))


@pytest.fixture
def servers(scene):
    """One with a VF by VFIO and two of the disk, one with macvtap."""
    return [
        boot(scene, scene.flavor('nvme:2'), [scene.port('physnet2')]),
        boot(scene, ports=[scene.port('physnet2', 'macvtap')])]


def test_the_commands_of_a_host_say_what_kernel_and_rows_say(
        commands, servers, records, look):
    """One after the other beside the same guests: each loads Nova."""
    state, devices = look(), records.devices()
    handed_out = {address for address, each in state.functions.items()
                  if agreement.kind_of(each)}

    status, answer = commands.on_host('check --sysfs')
    assert answer['errors'] == []
    assert status == answer['verdict']['status'] < 2
    (host,) = answer['hosts']
    assert {each['address'] for each in host['devices']
            if each['entry']} == handed_out

    status, answer = commands.on_host('devices --sysfs')
    assert status < 2, answer['verdict']
    assert {each['address']: each['instance'] for each in answer['devices']
            if each['entry']} == {
        each.address: each.owner for each in devices}
    assert {each['address']: each['driver']
            for each in answer['devices']} == {
        address: each.driver for address, each in state.functions.items()}

    status, answer = commands.on_host(f'audit --host {place_of.HOST}')
    assert (status, answer['findings']) == (0, []), answer


def test_the_commands_of_a_cloud_say_what_the_rows_say(
        commands, servers, records):
    free = sum(each.kind[1] == '0010' and each.owner is None
               for each in records.devices())
    assert free == 2
    for count, answers in ((free, (0, 'fits')), (free + 1, (
            1, 'does_not_fit'))):
        status, answer = commands.outside(
            f'explain --extra-spec pci_passthrough:alias=nvme:{count}')
        assert (status, answer['verdict']['answer']) == answers
        assert [each['host'] for each in answer['hosts']] == [place_of.HOST]

    status, answer = commands.outside('fleet')
    assert status == 0
    assert sorted((each['ids'], each['type'], each['used'])
                  for each in answer['classes'] if each['used']) == [
        ('1b36:0010', 'type-VF', 2), ('8086:10ca', 'type-VF', 2)]

    status, answer = commands.outside(f'explain --server {servers[0]["id"]}')
    assert status in (0, 1)
    assert place_of.HOST in {each['host'] for each in answer['hosts']}


def test_a_vf_that_is_drained_is_handed_out_by_nobody(
        commands, scene, records, compute):
    """Its guest keeps it, and ends without."""
    flavor = scene.flavor('nvme:1')
    server = boot(scene, flavor)
    (slot,) = owned_by(records.devices(), server['id'])
    pool = {each.address for each in records.devices()
            if each.kind[1] == '0010'}
    others = sorted(pool - {slot})
    status, answer = commands.on_host(
        f'drain {slot} {others[0]} {others[1]} --reason maintenance')
    assert status == 0, answer
    assert {each['address'] for each in answer['drained']} == {
        slot, others[0], others[1]}
    rest.wait_until('pool with one VF', lambda: free_in_pools(records) == 1,
                    SEEN_S)
    assert owned_by(records.devices(), server['id']) == (slot,)
    second = boot(scene, flavor)
    assert owned_by(records.devices(), second['id']) == (others[2],)
    refused = scene.boot(flavor, host=place_of.HOST)
    assert refused['status'] == 'ERROR'
    scene.delete([server['id']])
    compute.restart()
    assert free_in_pools(records) == 0
    status, answer = commands.on_host('undrain --all')
    assert (status, answer['drained']) == (0, [])
    rest.wait_until('pool with three VFs',
                    lambda: free_in_pools(records) == 3, SEEN_S)


def free_in_pools(records):
    """How many VFs of the disk the machine offers."""
    return sum(pool['count'] for pool in records.pools()[place_of.HOST]
               if pool['product_id'] == '0010')


def test_a_device_that_a_guest_took_past_nova_is_found(
        commands, scene, records, machine, look):
    """A guest of libvirt alone gets a VF that Nova says is free."""
    server = boot(scene, scene.flavor('nvme:1'))
    name = server['OS-EXT-SRV-ATTR:instance_name']
    slot = next(each.address for each in records.devices()
                if each.kind[1] == '0010' and each.owner is None)
    domain, bus, number, function = slot.replace('.', ':').split(':')
    xml = ('<hostdev mode="subsystem" type="pci" managed="yes"><source>'
           f'<address domain="0x{domain}" bus="0x{bus}" slot="0x{number}" '
           f'function="0x{function}"/></source></hostdev>')
    machine.run(f"echo '{xml}' >/tmp/extra.xml; virsh attach-device {name} "
                '/tmp/extra.xml --live')
    try:
        assert slot in look().guests[name]
        status, answer = commands.on_host(f'audit --host {place_of.HOST}')
        assert status == 1
        (finding,) = answer['findings']
        assert finding['kind'] == Kind.GUEST_HAS_FREE_DEVICE
        assert slot in json.dumps(finding)
    finally:
        # The guest sleeps and takes no part in a detachment.
        scene.act(server['id'], 'reboot', {'type': 'HARD'})
        scene.wait(server['id'], 'ACTIVE', 'ERROR')
