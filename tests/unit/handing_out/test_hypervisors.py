# SPDX-License-Identifier: Apache-2.0

"""What is handed out against what libvirt and QEMU can do."""

import pytest

from nova_pci_ext.handing_out import hypervisors
from nova_pci_ext.model.inventory import Hypervisor
from tests import handed_out

VF = handed_out.device('0000:01:00.2')


def runs(libvirt='10.0.0', version='8.2.2', kind='QEMU'):
    return Hypervisor(libvirt=libvirt, kind=kind, version=version)


def said(hypervisor, tags):
    return handed_out.lines(hypervisors.check(handed_out.cover(
        [VF], f'{{"product_id": "0001"{tags}}}'), hypervisor))


@pytest.mark.parametrize('value', ['yes', 'no'])
@pytest.mark.parametrize(('hypervisor', 'shown'), [
    pytest.param(runs(libvirt='9.9.9'), 'libvirt 9.9.9 and QEMU 8.2.2',
                 id='an older libvirt'),
    pytest.param(runs(version='8.2.1'), 'libvirt 10.0.0 and QEMU 8.2.1',
                 id='an older QEMU'),
    pytest.param(runs(kind='LXC'), 'libvirt 10.0.0 and LXC 8.2.2',
                 id='something else than QEMU'),
])
def test_live_migratable_needs_a_new_libvirt(hypervisor, shown, value):
    assert said(hypervisor, f', "live_migratable": "{value}"') == [
        '[pci] device_spec[0].live_migratable: needs libvirt 10.0.0 and '
        f'QEMU 8.2.2, and nova-compute does not start with {shown}; leave '
        'the key out, even with "no"']


@pytest.mark.parametrize(('hypervisor', 'tags'), [
    pytest.param(runs(), ', "live_migratable": "yes"', id='new enough'),
    pytest.param(runs(libvirt='11.0.0', version='10.0.0'),
                 ', "live_migratable": "yes"', id='newer'),
    pytest.param(None, ', "live_migratable": "yes"', id='not known'),
    pytest.param(runs(libvirt='8.0.0'), '', id='without the key'),
])
def test_everything_else_is_fine(hypervisor, tags):
    assert said(hypervisor, tags) == []
