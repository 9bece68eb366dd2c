# SPDX-License-Identifier: Apache-2.0

"""What is told of a server, for people and for programs."""

import dataclasses

import pytest

from nova_pci_ext.servers import wording
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.run import Told
from nova_pci_ext.servers.since import Changes
from nova_pci_ext.servers.since import HostChange
from tests.integration.servers import scenes
from tests.integration.servers.conftest import minutes
from tests.integration.servers.conftest import NOON
from tests.integration.servers.conftest import UUID
from tests.integration.servers.scenes import FAILED
from tests.integration.servers.scenes import failed
from tests.integration.servers.scenes import FAULT
from tests.integration.servers.scenes import told

pytestmark = pytest.mark.nova

def test_a_server_that_failed(monkeypatch):
    found = told(monkeypatch, failed(), changes=Changes(
        since=NOON, hosts=(HostChange(host='busy', freed=1),)))
    assert list(wording.before(found)) == [
        f'server web ({UUID}): ERROR on no host, cell cell0',
        '  2026-01-01 12:00:00 UTC on c1: No valid host was found. There are '
        'not enough hosts available.',
        '  the scheduler found no host, or Placement none before it',
        '  what failed: create, in conductor on c1',
        '  the logs have the reasons of that moment: grep req-1',
        '  asks for 1 of vf; flavor f',
        'If such a server were booted now:',
        '  2 of 2 hosts can take such a server; 1 of 1 server fits',
        '    2 pass']
    assert list(wording.after(found)) == [
        'Since 2026-01-01 12:00:00 UTC, as far as rows tell:',
        '  busy: 1 device free, of which the row has changed',
        'Not recorded:',
        '  which devices were free then: a row keeps its last change, and '
        'when a service was disabled is kept nowhere',
        '  a host asked for without force (API 2.74), and ports without '
        'devices: Nova does not keep them for a server without host']


def test_a_server_that_runs(monkeypatch):
    found = told(monkeypatch, scenes.server(host='busy', devices=(
        scenes.device('busy', request='r1', drained='fan'),)),
        alias='vf:2')
    assert list(wording.before(found)) == [
        f'server web ({UUID}): ACTIVE on busy, cell cell1 since 2026-01-01 '
        '12:00:00 UTC',
        '  has on busy: 0000:81:00.1 (vf node 0, drained: fan)',
        '  asks for 1 of vf; flavor f',
        'If it were moved now:',
        '  1 of 1 host can take such a server; 1 of 1 server fits',
        '    1 passes',
        '  busy, where it is, would not take it now']


@pytest.mark.parametrize(('server', 'words'), [
    (scenes.server(place=Place(uuid='u', cell=None, cell_uuid=None)),
     'no cell has it yet: it is being scheduled, or was lost there'),
    (scenes.server(status=''), 'in cell cell1'),
    (scenes.server(deleted=minutes(1)),
     'deleted 2026-01-01 12:01:00 UTC, was on a'),
    (scenes.server(place=Place(uuid='u', cell='c', cell_uuid='c',
                               going=True)),
     "ACTIVE on a; Nova's API took it for deleted"),
    (scenes.server(task_state='deleting'), 'ACTIVE (deleting) on a, cell '
     'cell1 since 2026-01-01 12:00:00 UTC'),
    (failed(), 'ERROR on no host, cell cell0'),
])
def test_states(server, words):
    assert wording.state(server) == words


@pytest.mark.parametrize(('message', 'words'), [
    ('Exceeded maximum number of retries. Exhausted all hosts',
     'hosts were found, and on each the claim or the build failed'),
    ('Insufficient compute resources: Claim pci failed.',
     'a compute refused the claim: its log has the proof'),
    ('Quota exceeded for cores', 'a quota: no device was the reason'),
    ('Image 7 is unacceptable', 'its image: no device was the reason'),
    ('Something else', ''),
])
def test_what_a_fault_means(message, words):
    fault = dataclasses.replace(FAULT, message=message)
    server = failed(faults=(fault,))
    assert (wording.why(server), wording.meaning(server)) == (message, words)


def test_an_old_fault_is_no_reason():
    assert wording.why(scenes.server(faults=(FAULT,), actions=(
        Action(at=NOON, name='reboot', request_id='', message=''),))) == ''


@pytest.mark.parametrize(('server', 'flavor', 'words'), [
    (scenes.server(), '', 'If it were moved now'),
    (scenes.server(), 'large', 'If it were resized to large now'),
    (scenes.server(vm_state='shelved_offloaded', host=''), '',
     'If it were unshelved now'),
    (scenes.server(deleted=NOON), '', 'If such a server were booted now'),
])
def test_questions(server, flavor, words):
    assert wording.question(Told(server=server, flavor=flavor)) == words


def test_a_resize_that_waits(monkeypatch):
    lines = list(wording.before(told(
        monkeypatch, scenes.server(vm_state='resized', host='busy'))))
    assert '  Nova moves it only once its resize is confirmed or reverted' in (
        lines)


def test_a_resize_that_failed():
    resize = dataclasses.replace(FAILED, name='resize')
    lines = list(wording.before(Told(
        server=scenes.server(actions=(resize,), faults=(FAULT,)),
        resized_to='large')))
    assert lines[5] == ('  it was to get flavor large: --flavor large beside '
                        '--server says where that fits')


def test_a_long_list_of_changes_is_cut():
    change = HostChange(
        host='h', taken=tuple((f's{number}', 2) for number in range(5)),
        drained=(('fan', 1),), new=1, gone=2, joined=True, disabled='why',
        down='forced down')
    assert list(wording.change_words(change)) == [
        '2 devices taken by s0', '2 devices taken by s1',
        '2 devices taken by s2', '4 devices taken by 2 more servers',
        '1 device drained: fan', '1 device new and free', '2 devices gone',
        'the host is new', 'disabled now: why', 'down now: forced down']
    lines = list(wording.after(Told(server=failed(), changes=Changes(
        since=NOON, unread=('cell c: silent',), hosts=tuple(
            HostChange(host=f'h{number}', gone=1)
            for number in range(12))))))
    assert lines[10:13] == ['  h9: 1 device gone', '  and 2 more hosts',
                            '  not read: cell c: silent']
