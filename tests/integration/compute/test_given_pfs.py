# SPDX-License-Identifier: Apache-2.0

"""PFs that come back without their VFs."""

import time

import pytest

from nova_pci_ext.compute import bounded
from nova_pci_ext.compute import given_pfs
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.model.leavings import Before
from tests import vf_kernel
from tests.vf_kernel import PF

pytestmark = pytest.mark.nova

BEFORE = Before(vfs=2, is_up=True)


@pytest.fixture
def kernel(tmp_path):
    made = vf_kernel.Kernel(tmp_path)
    made.lose_vfs()
    made.interface('ens1', up=False)
    return made


def restore(kernel, before=BEFORE, daemon=lambda: True):
    return given_pfs.Restorer(
        kernel.host, kernel, privileged_daemon.Daemon(daemon)).restore(
        PF, before, bounded.Permit(time.monotonic() + 60))


def test_nothing_begins_without_the_daemon(kernel):
    def fail():
        raise OSError('no privileges')
    assert restore(kernel, daemon=fail) == (
        "Nova's privileged daemon cannot be asked: no privileges")
    assert kernel.changes == []


def test_its_interface_is_up_before_its_vfs_are_made(kernel):
    restorer = given_pfs.Restorer(kernel.host, kernel)
    assert restorer.lacks(PF, BEFORE)
    assert not restorer.lacks(PF, Before(vfs=0))
    assert not restorer.lacks(PF, Before())
    assert restore(kernel) is None
    assert [what for _, what in kernel.changes] == ['state', 2]
    assert not restorer.lacks(PF, BEFORE)


def test_an_interface_that_was_down_stays_so(kernel):
    assert restore(kernel, Before(vfs=2, is_up=False)) is None
    assert not kernel.is_up('ens1')


@pytest.mark.parametrize(('spoil', 'why'), [
    (lambda kernel: _drive(kernel, 'vfio-pci'), 'its driver is vfio-pci'),
    (lambda kernel: _drive(kernel, None), 'its driver is none'),
    (lambda kernel: kernel.use('ens1', 'br0'),
     'its interface ens1 is in use by br0'),
    (lambda kernel: kernel.tree.file(
        f'{kernel.tree.places[PF]}/sriov_totalvfs', '1\n'), 'it can have 1'),
], ids=['vfio', 'no driver', 'used', 'fewer'])
def test_nothing_is_changed_where_somebody_has_the_pf(kernel, spoil, why):
    spoil(kernel)
    assert restore(kernel) == why
    assert kernel.changes == []


def _drive(kernel, driver):
    link = kernel.root / kernel.tree.places[PF] / 'driver'
    link.unlink()
    if driver:
        link.symlink_to(f'../../../bus/pci/drivers/{driver}')


@pytest.mark.parametrize(('refused', 'why'), [
    ('numvfs', 'Cannot allocate memory'), ('state', 'Device or resource busy')
])
def test_what_the_kernel_refuses_is_said(kernel, refused, why):
    kernel.refused = {refused}
    assert restore(kernel) == why


def test_a_kernel_that_makes_fewer(kernel):
    assert restore(kernel, Before(vfs=3)) == 'the kernel has made 2'
