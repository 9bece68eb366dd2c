# SPDX-License-Identifier: Apache-2.0

"""VFs that are looked at, and put right where the driver lets us."""

import time

import pytest

from nova_pci_ext.compute import bounded
from nova_pci_ext.compute import cleaning
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.compute.cleaning import Found
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import LinkState
from tests import vf_kernel
from tests.vf_kernel import FRESH
from tests.vf_kernel import PF
from tests.vf_kernel import VF_0
from tests.vf_kernel import VF_1

pytestmark = pytest.mark.nova

WAYS = ('flr', 'bus')
MAC, OLD = 'fa:16:3e:00:00:01', '02:00:00:00:00:03'
BEFORE = Before(is_up=False, mac=OLD, view=FRESH)


@pytest.fixture
def kernel(tmp_path):
    return vf_kernel.Kernel(tmp_path)


def patient():
    return bounded.Permit(time.monotonic() + 60)


def look(kernel, before=BEFORE, permit=None, daemon=lambda: True):
    return cleaning.Cleaner(
        kernel.host, kernel, privileged_daemon.Daemon(daemon)).look(
        PF, {VF_0: before}, permit or patient())[VF_0]


def test_a_clean_vf_is_left_alone(kernel):
    assert look(kernel) == Found(resets=WAYS)
    assert kernel.changes == []


def test_all_that_is_left_is_put_right(kernel):
    kernel.tell(0, mac=MAC, vlan=7, qos=3, trust=True, spoofchk=False,
                max_rate_mbps=100, link_state=LinkState.ENABLE)
    kernel.tell(1, trust=True)
    kernel.interface('ens1v0', up=True, mac=MAC)
    assert look(kernel) == Found(resets=WAYS, done=(
        f'administrative MAC {MAC}', 'VLAN 7 of priority 3', 'trust on',
        'spoof checking off', 'rate limits 0 to 100 Mb/s',
        'link state enable', f'interface ens1v0 up, with MAC {MAC}'))
    assert kernel.views[0] == FRESH
    assert (kernel.is_up('ens1v0'), kernel.mac('ens1v0')) == (False, OLD)
    # The other VF may have an owner.
    assert kernel.views[1].trust


@pytest.mark.parametrize(('refused', 'left'), [
    ('trust', 'trust on (to put it right: Invalid argument)'),
    ('state', f'interface ens1v0 up, with MAC {OLD} (to put it right: '
              'Device or resource busy)'),
])
def test_what_the_driver_refuses_is_left_and_the_rest_is_done(
        kernel, refused, left):
    kernel.tell(0, vlan=7, trust=True)
    kernel.interface('ens1v0', up=True, mac=MAC)
    kernel.refused = {refused}
    found = look(kernel)
    assert found.left == (left,)
    assert 'VLAN 7' in found.done


def test_what_another_program_uses_is_not_touched(kernel):
    kernel.tell(0, vlan=7)
    kernel.use('ens1v0', 'left0')
    assert look(kernel).left == (
        'interface ens1v0 in use by left0', 'VLAN 7')
    assert kernel.changes == []


def test_nothing_is_changed_any_more_once_it_is_given_up(kernel):
    kernel.tell(0, vlan=7)
    permit = patient()
    permit.give_up()
    with pytest.raises(bounded.GivenUpError):
        look(kernel, permit=permit)
    assert kernel.changes == []


def test_a_vf_that_has_gone_meanwhile(kernel):
    kernel.lose_vfs()
    assert cleaning.Cleaner(kernel.host, kernel).look(
        PF, {VF_0: BEFORE, VF_1: BEFORE}, patient()) == {}


def test_nothing_is_taken_for_done_that_no_daemon_has_done(kernel):
    """The MAC is the VF's own, as a driver chooses it when it was tried."""
    kernel.interface('ens1v0', up=False, mac=MAC)
    kernel.tell(0, mac=MAC, vlan=7)

    def fail():
        raise OSError('no privileges')
    lacking = ("(to put it right: Nova's privileged daemon cannot be asked: "
               'no privileges)')
    assert look(kernel, daemon=fail) == Found(resets=WAYS, left=(
        f'administrative MAC {MAC} {lacking}', f'VLAN 7 {lacking}',
        f'interface ens1v0 with MAC {MAC} {lacking}'))
    assert kernel.changes == []


def test_a_clean_vf_needs_no_daemon(kernel):
    assert look(kernel, daemon=lambda: pytest.fail('asked')) == Found(
        resets=WAYS)
