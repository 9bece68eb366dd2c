# SPDX-License-Identifier: Apache-2.0

"""Devices that come back to the tracker: put right, said, held, given out."""

import functools
import json
import threading

import pytest
from nova import exception
from nova.conf import CONF

from nova_pci_ext.compute import hotplug
from nova_pci_ext.compute import privileged
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.compute import releases
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.discovery import vf_states
from nova_pci_ext.metrics import record
from tests import device_rows
from tests import vf_kernel
from tests.vf_kernel import FRESH
from tests.vf_kernel import PF
from tests.vf_kernel import VF_0
from tests.vf_kernel import VF_1

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
HOST = device_rows.family('81', 2)
MAC = 'fa:16:3e:00:00:01'
NOTES = ('pci_ext_before', 'pci_ext_unclean', 'pci_ext_drained_by')


@pytest.fixture
def lab(tmp_path, monkeypatch):
    kernel = vf_kernel.Kernel(tmp_path / 'host')
    monkeypatch.setattr(releases, 'Host', functools.partial(
        vf_states.Host, str(kernel.root), kernel._read))
    for name in ('set_vf', 'set_interface', 'set_vf_count'):
        monkeypatch.setattr(privileged, name, getattr(kernel, name))
    monkeypatch.setattr(privileged_daemon, 'DAEMON',
                        privileged_daemon.Daemon(lambda: True))
    CONF.set_override('drained_file', str(tmp_path / 'drained.json'),
                      'pci_ext')
    with device_rows.Rows().in_place():
        yield Lab(kernel, tmp_path / 'drained.json')
    for name in ('drained_file', 'verify_clean', 'restore_vfs'):
        CONF.clear_override(name, 'pci_ext')


class Lab:
    """A host whose kernel has what its driver reports."""

    def __init__(self, kernel, path):
        self.kernel = kernel
        self.path = path
        self.host = HOST
        self.start()

    def start(self, *, is_local=True):
        """Start nova-compute, also again."""
        hotplug.REPORTS.publish('compute-1', json.dumps(self.host),
                                is_local=is_local)
        self.tracker = device_rows.start(self.host)

    def update(self, *guests):
        hotplug.REPORTS.publish('compute-1', json.dumps(self.host),
                                is_local=True)
        self.tracker.clean_usage([device_rows.guest(each)
                                  for each in guests], [])
        device_rows.save(self.tracker)

    def boot(self, owner=ME, kind=device_rows.VF):
        return device_rows.claim(self.tracker, owner, r1=(1, kind))

    def delete(self, owner=ME):
        self.tracker.free_instance(None, device_rows.guest(owner))
        device_rows.save(self.tracker)

    def dirty(self):
        """Have a server with a VF, which leaves what nobody may touch."""
        assert self.boot() == [VF_1]
        self.kernel.tell(1, trust=True)
        self.kernel.use('ens1v1', 'left0')
        self.delete()

    def notes(self, address=VF_1):
        (extra,) = [dev.extra_info for dev in self.tracker.pci_devs
                    if dev.address == address]
        return {key for key in NOTES if key in extra}

    def unclean(self):
        return record.REGISTRY.get_sample_value(
            'nova_pci_ext_unclean_devices', {'node': 'compute-1'})


def configure(**values):
    for name, value in values.items():
        CONF.set_override(name, value, 'pci_ext')


def said(caplog):
    return [each.getMessage() for each in caplog.records
            if each.name == 'nova_pci_ext.compute.tracker'
            and each.getMessage().startswith('Device ')]


def pooled(lab):
    return device_rows.pooled(lab.tracker)


@pytest.mark.parametrize('mode', ['warn', 'hold'])
def test_what_can_be_put_right_is_and_the_device_is_offered(
        lab, caplog, mode):
    caplog.set_level('INFO')
    configure(verify_clean=mode)
    assert lab.boot() == [VF_1]
    assert lab.notes() == {'pci_ext_before'}
    lab.kernel.tell(1, mac=MAC, vlan=7)
    lab.delete()
    assert said(caplog) == [
        f'Device {VF_1} came back with administrative MAC {MAC}, VLAN 7; '
        'that is put right']
    assert lab.kernel.views[1] == FRESH
    assert pooled(lab) == [PF, VF_0, VF_1]
    assert (lab.notes(), lab.unclean()) == (set(), 0)


def test_a_clean_vf_is_nothing_to_talk_about(lab, caplog):
    caplog.set_level('INFO')
    lab.boot()
    lab.delete()
    assert (said(caplog), lab.kernel.changes, lab.notes()) == ([], [], set())


def test_warn_says_what_is_left_once_and_offers_it(lab, caplog):
    caplog.set_level('INFO')
    lab.dirty()
    left = 'interface ens1v1 in use by left0, trust on'
    assert said(caplog) == [
        f'Device {VF_1} came back from instance {ME} with {left}. '
        'It is handed out again']
    assert pooled(lab) == [PF, VF_0, VF_1]
    assert (lab.unclean(), lab.kernel.changes) == (1, [])
    lab.update()
    assert len(said(caplog)) == 1
    lab.kernel.leave('ens1v1', 'left0')
    lab.update()
    assert said(caplog)[1:] == [
        f'Device {VF_1} came back with trust on; that is put right',
        f'Device {VF_1} is clean now']
    assert (lab.unclean(), lab.notes()) == (0, set())
    assert lab.kernel.views[1] == FRESH


def test_hold_keeps_it_until_it_is_clean_over_restarts(lab, caplog):
    caplog.set_level('INFO')
    configure(verify_clean='hold')
    lab.dirty()
    assert said(caplog)[0].endswith(
        f'It is held until it is clean, or until "nova-pci undrain {VF_1}"')
    # A PF is not handed out while one of its VFs is drained.
    assert pooled(lab) == [VF_0]
    assert lab.notes() == set(NOTES)
    lab.start()
    assert pooled(lab) == [VF_0]
    assert lab.boot(OTHER) == [VF_0]
    with pytest.raises(exception.PciDeviceRequestFailed):
        lab.boot(ME)
    lab.update(OTHER)
    assert pooled(lab) == []
    lab.kernel.leave('ens1v1', 'left0')
    lab.update(OTHER)
    assert pooled(lab) == [VF_1]
    assert drained_file.read(lab.path) == ()
    assert lab.kernel.views[1] == FRESH


def test_an_operator_has_the_last_word_until_the_next_server(lab):
    configure(verify_clean='hold')
    lab.dirty()
    drained_file.change(lab.path, lambda old: [])
    for _ in range(2):
        lab.update()
        assert VF_1 in pooled(lab)
    assert lab.boot() == [VF_1]
    lab.delete()
    assert VF_1 not in pooled(lab)


def test_what_is_drained_by_an_operator_too_stays_so(lab):
    configure(verify_clean='hold')
    lab.dirty()
    drained_file.change(lab.path, lambda old: [*old, drained_file.Mark(
        address=VF_1, reason='bad fan')])
    lab.kernel.leave('ens1v1', 'left0')
    lab.update()
    (mark,) = drained_file.read(lab.path)
    assert mark.reason == 'bad fan'
    assert VF_1 not in pooled(lab)


@pytest.mark.parametrize('mode', ['off', 'warn'])
def test_another_mode_gives_back_what_is_held(lab, mode):
    configure(verify_clean='hold')
    lab.dirty()
    configure(verify_clean=mode)
    lab.start()
    lab.update()
    assert pooled(lab) == [PF, VF_0, VF_1]


def test_off_looks_at_nothing(lab):
    configure(verify_clean='off')
    lab.dirty()
    assert (lab.kernel.changes, lab.notes()) == ([], set())
    assert pooled(lab) == [PF, VF_0, VF_1]


def test_off_says_of_nothing_that_it_is_not_clean(lab):
    lab.dirty()
    assert 'pci_ext_unclean' in lab.notes()
    configure(verify_clean='off')
    lab.start()
    lab.update()
    assert 'pci_ext_unclean' not in lab.notes()


def test_no_device_of_another_kernel_is_touched(lab):
    """Its driver has recorded devices, at addresses that are here too."""
    lab.start(is_local=False)
    assert lab.boot() == [VF_1]
    lab.kernel.tell(1, trust=True)
    lab.delete()
    assert (lab.kernel.changes, lab.notes()) == ([], set())


def test_no_vf_of_another_owner_is_touched(lab):
    lab.boot(), lab.boot(OTHER)
    lab.kernel.tell(1, trust=True)
    lab.kernel.tell(0, trust=True)
    lab.delete()
    lab.update(OTHER)
    assert {number for number, _ in lab.kernel.changes} == {1}
    assert lab.kernel.views[0].trust


@pytest.mark.parametrize('where', ['withheld', 'held'])
def test_what_may_be_another_device_is_not_touched(lab, monkeypatch, where):
    lab.boot()
    lab.kernel.tell(1, trust=True)
    monkeypatch.setattr(lab.tracker._intake, 'before_free', lambda freed:
                        None)
    monkeypatch.setattr(lab.tracker._moves, where, {VF_1: 'doubt'})
    lab.delete()
    lab.tracker._releases.look_again(lab.tracker._moves.index)
    assert lab.kernel.changes == []


@pytest.mark.parametrize(('mode', 'offered'), [
    ('warn', True), ('hold', False)])
def test_a_kernel_that_does_not_answer_stops_nothing(
        lab, monkeypatch, mode, offered):
    configure(verify_clean=mode)
    gate = threading.Event()
    lab.boot()
    lab.tracker._releases._bounded._patience_s = .05
    monkeypatch.setattr(lab.kernel, 'views', _Waiting(gate))
    lab.delete()
    assert (VF_1 in pooled(lab)) is offered
    thread = lab.tracker._releases._bounded._thread
    gate.set()
    thread.join(60)
    lab.kernel.views = {0: FRESH, 1: FRESH}
    lab.update()
    assert VF_1 in pooled(lab)
    assert lab.notes() == set()


class _Waiting(dict):
    """An answer that does not come."""

    def __init__(self, gate):
        super().__init__()
        self._gate = gate

    def keys(self):
        self._gate.wait(60)
        return super().keys()


@pytest.mark.parametrize(('mode', 'offered'), [
    ('warn', True), ('hold', False)])
def test_a_change_on_its_way_holds_if_anything_does(
        lab, monkeypatch, mode, offered):
    """Nor does it come to the next server's VF, when nothing is held."""
    configure(verify_clean=mode)
    gate, change = threading.Event(), privileged.set_vf

    def wait(*args):
        gate.wait(60)
        return change(*args)
    monkeypatch.setattr(privileged, 'set_vf', wait)
    lab.boot()
    lab.kernel.tell(1, trust=True)
    lab.tracker._releases._bounded._patience_s = .05
    lab.delete()
    assert (VF_1 in pooled(lab)) is offered
    lab.update()
    assert (VF_1 in pooled(lab)) is offered
    thread = lab.tracker._releases._bounded._thread
    lab.tracker._releases._bounded._patience_s = 10
    gate.set()
    thread.join(60)
    assert lab.kernel.changes == []
    lab.update()
    assert VF_1 in pooled(lab)
    assert lab.notes() == set()


@pytest.mark.parametrize(('mode', 'offered'), [
    ('warn', True), ('hold', False)])
def test_a_daemon_that_starts_is_waited_for_by_nobody_for_long(
        lab, monkeypatch, caplog, mode, offered):
    """After a restart it starts with the first change, for seconds."""
    caplog.set_level('INFO')
    configure(verify_clean=mode)
    gate = threading.Event()
    daemon = privileged_daemon.Daemon(lambda: gate.wait(60))
    monkeypatch.setattr(privileged_daemon, 'DAEMON', daemon)
    lab.start()
    lab.boot()
    lab.kernel.tell(1, trust=True)
    # Half of it is for the daemon, the rest for a busy machine.
    lab.tracker._releases._bounded._patience_s = 4
    lab.delete()
    (line,) = [line for line in said(caplog) if ' came back ' in line]
    assert (f'Device {VF_1} came back from instance {ME} with trust on (to '
            "put it right: Nova's privileged daemon has not answered yet). "
            ) in line
    assert (VF_1 in pooled(lab)) is offered
    gate.set()
    daemon._thread.join(60)
    lab.tracker._releases._bounded._patience_s = 10
    lab.update()
    assert VF_1 in pooled(lab)
    assert lab.notes() == set()
    assert lab.kernel.changes == [(1, 'trust')]


def test_the_daemon_is_started_before_a_device_comes_back(monkeypatch):
    """But not where nothing is ever put right."""
    asked = threading.Semaphore(0)
    daemon = privileged_daemon.Daemon(asked.release)
    monkeypatch.setattr(privileged_daemon, 'DAEMON', daemon)
    try:
        configure(verify_clean='off')
        releases.prepare()
        assert daemon._thread is None
        for asking in ({'restore_vfs': True},
                       {'restore_vfs': False, 'verify_clean': 'hold'}):
            configure(**asking)
            releases.prepare()
            assert asked.acquire(timeout=60)
            daemon._thread.join(60)
    finally:
        for name in ('verify_clean', 'restore_vfs'):
            CONF.clear_override(name, 'pci_ext')


class _DaemonError(Exception):
    """What nobody has thought of."""


def test_a_daemon_that_fails_is_what_is_left(lab, monkeypatch, caplog):
    def fail(*_):
        raise _DaemonError('no privileges')
    monkeypatch.setattr(privileged, 'set_vf', fail)
    lab.boot()
    lab.kernel.tell(1, trust=True)
    lab.delete()
    assert 'it cannot be looked at: no privileges' in said(caplog)[0]


@pytest.fixture
def given(lab):
    """A server that had the PF, which is back without VFs."""
    lab.boot(kind=device_rows.PF)
    lab.kernel.lose_vfs()
    lab.host = HOST[:1]
    lab.update(ME)
    return lab


def test_a_pf_without_its_vfs_is_said(given, caplog):
    given.delete()
    given.update()
    assert said(caplog) == [f'Device {PF} came back without its 2 VFs']
    assert given.unclean() == 1
    assert pooled(given) == [PF]
    # The next server has it as it is, and the VFs are still due.
    given.boot(kind=device_rows.PF)
    given.delete()
    given.kernel.set_vf_count(PF, 2)
    given.update()
    assert (given.unclean(), given.notes(PF)) == (0, set())


def test_its_vfs_are_made_again_where_an_operator_wants_it(given, caplog):
    caplog.set_level('INFO')
    configure(restore_vfs=True, verify_clean='off')
    given.delete()
    assert said(caplog)[-1] == (
        f'Device {PF} came back without its 2 VFs; they are made again')
    assert given.kernel.changes == [(PF, 2)]
    given.host = HOST
    given.update()
    assert pooled(given) == [PF, VF_0, VF_1]
    assert (given.unclean(), given.notes(PF)) == (0, set())


def test_vfs_that_cannot_be_made_are_tried_again(given, caplog):
    configure(restore_vfs=True)
    given.kernel.refused = {'numvfs'}
    given.delete()
    given.update()
    assert said(caplog) == [
        f'Device {PF} came back without its 2 VFs, which cannot be made '
        'again: Cannot allocate memory']
    given.kernel.refused = set()
    given.update()
    assert given.kernel.host.vf_count(PF) == 2


def test_no_vfs_are_made_while_a_server_has_the_pf(given):
    configure(restore_vfs=True)
    given.update(ME)
    assert given.kernel.changes == []
