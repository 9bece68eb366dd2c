# SPDX-License-Identifier: Apache-2.0
"""The compute of a machine whose IOMMU is off refuses what VFIO would give."""

import pytest

from tests.hardware import compute as compute_of
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.test_boot import boot

IDENTITY = '/var/lib/nova/compute_id'
WARNED = ('No PCI device of this host can be given to a guest by VFIO: the '
          'IOMMU is off: there are no IOMMU groups; remove intel_iommu=off '
          'from the kernel command line.')
EXPECTED_LOG = (WARNED,)


@pytest.fixture(scope='module', autouse=True)
def without_iommu(machine, compute):
    """Start the machine anew with its IOMMU off, and its compute."""
    # The disk forgets all, and Nova refuses a host that forgot who it is.
    identity = machine.run(f'cat {IDENTITY}').strip()
    compute.stop()
    machine.stop()
    machine.start(print, 'intel_iommu=off')
    compute_of.install_package(machine)
    compute.prepare()
    machine.run(f'echo {identity} >{IDENTITY}')
    compute.start()


@pytest.mark.parametrize('kind', ['direct', 'nvme:1'])
def test_a_device_by_vfio_is_refused_in_words(scene, log, kind):
    server = (
        scene.boot(scene.flavor(), [scene.port('physnet2')],
                   host=place_of.HOST) if kind == 'direct'
        else scene.boot(scene.flavor(kind), host=place_of.HOST))
    assert server['status'] == 'ERROR'
    # Nova tries other hosts, and of the last one says this to the user.
    assert server['fault']['message'].startswith(
        'Exceeded maximum number of retries.')
    lines = [line for line in log().splitlines() if server['id'] in line]
    assert any(': the IOMMU is off: there are no IOMMU groups; remove '
               'intel_iommu=off from the kernel command line' in line
               for line in lines)
    # Nothing was started that libvirt would have had to refuse.
    assert 'Guest created on hypervisor' not in log()


def test_a_macvtap_port_needs_none(scene, records):
    server = boot(scene, ports=[scene.port('physnet2', 'macvtap')])
    assert len(owned_by(records.devices(), server['id'])) == 1


def test_the_start_has_said_so(compute):
    assert WARNED in compute.log.read_text(errors='replace')
