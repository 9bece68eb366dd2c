# SPDX-License-Identifier: Apache-2.0

"""VFs and PFs in a tree of sysfs."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery.vf_states import Host
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import Interface
from nova_pci_ext.model.leavings import VfState
from tests import vf_kernel
from tests.vf_kernel import FRESH
from tests.vf_kernel import PF
from tests.vf_kernel import VF_0
from tests.vf_kernel import VF_1


@pytest.fixture
def kernel(tmp_path):
    return vf_kernel.Kernel(tmp_path)


def test_a_vf_is_described_whole(kernel):
    kernel.use('ens1v1', 'left0')
    found = kernel.host.vfs(PF, [VF_1, '0000:99:10.0'])
    assert found == {VF_1: VfState(
        number=1, pf_index=2, view=FRESH, unread='its card does not know it',
        checks_spoofing=True, resets=('flr', 'bus'), interface=Interface(
            name='ens1v1', index=4, is_up=False, mac='02:00:00:00:00:04',
            users=('left0',)))}


def test_whether_the_card_checks_any_other_vf(kernel):
    kernel.tell(1, spoofchk=False)
    states = kernel.host.vfs(PF, [VF_0, VF_1])
    assert [states[each].checks_spoofing for each in (VF_0, VF_1)] == [
        False, True]


def test_only_ethernet_is_looked_at(kernel):
    kernel.tree.file(f'{kernel.tree.places[VF_0]}/class', '0x010802\n')
    assert list(kernel.host.vfs(PF, [VF_0, VF_1])) == [VF_1]


@pytest.mark.parametrize(('views', 'why'), [
    (lambda index: {}, 'its PF has no network interface of this host'),
    (lambda index: {7: FRESH}, 'its card does not know it'),
])
def test_a_card_that_cannot_be_asked(kernel, tmp_path, views, why):
    (state,) = Host(str(tmp_path), views).vfs(PF, [VF_0]).values()
    assert (state.view, state.unread) == (None, why)


def test_a_kernel_that_does_not_answer(kernel, tmp_path):
    def silent(index):
        raise exceptions.DiscoveryError(f'interface {index}', 'no')
    (state,) = Host(str(tmp_path), silent).vfs(PF, [VF_0]).values()
    assert (state.view, state.unread) == (None, 'interface 2: no')


def test_a_device_of_another_host(kernel):
    assert kernel.host.has(VF_0, '8086')
    assert not kernel.host.has(VF_0, '15b3')
    assert not kernel.host.has('0000:99:00.0', '8086')


def test_what_is_known_before_a_device_is_handed_out(kernel):
    assert kernel.host.before(PF, VF_0) == Before(
        is_up=False, mac='02:00:00:00:00:03', view=FRESH)
    assert kernel.host.before(None, PF) == Before(vfs=2, is_up=True)


def test_a_pf(kernel):
    assert (kernel.host.vf_count(PF), kernel.host.most_vfs(PF),
            kernel.host.driver(PF)) == (2, 7, 'igb')
    kernel.lose_vfs()
    assert kernel.host.vf_count(PF) == 0
    assert kernel.host.vfs(PF, [VF_0]) == {}
