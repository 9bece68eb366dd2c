# SPDX-License-Identifier: Apache-2.0
"""A machine whose IOMMU is off: said before a guest is tried.

It is the last module: the machine of the others has ended.
"""

import pytest

from tests.hardware import compute as compute_of

CONF = '''\
[pci]
device_spec = {"vendor_id": "8086", "product_id": "10ca"}
'''


@pytest.fixture(scope='module')
def bare(machine, place):
    """The machine, started again without; its cloud is of no use then."""
    machine.stop()
    machine.start(print, 'intel_iommu=off')
    compute_of.install_package(machine)
    path = place.folder / 'without-iommu.conf'
    path.write_text(CONF)
    return path


def test_the_devices_are_shown_with_what_is_missing(machine, bare):
    tree = machine.run('nova-pci devices --sysfs --no-owners 2>&1', 300)
    assert ('38 devices (4 PFs, 18 VFs), IOMMU off, interrupts remapped, '
            'vfio-pci loaded' in tree)


def test_the_check_says_that_nothing_can_be_handed_out(machine, bare):
    said = machine.run(
        f'nova-pci check --sysfs --config-file {bare} 2>&1; true', 300)
    assert ('warning: host: the IOMMU is off: there are no IOMMU groups; '
            'remove intel_iommu=off from the kernel command line' in said)
