# SPDX-License-Identifier: Apache-2.0
"""A machine whose IOMMU is off: said before a guest is tried.

It is the last module: the machine of the others has ended, so that the
drivers of the cards may be loaded again as well.
"""

import collections
import json

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


def test_the_vfs_of_a_module_option_are_shown_as_others_are(machine, bare):
    """Each card of the driver has them, the one behind the switch too."""
    machine.run('modprobe -r igbvf; modprobe -r igb; modprobe igb max_vfs=3; '
                'udevadm settle --timeout=60', 300)
    devices = json.loads(machine.run(
        'nova-pci devices --sysfs --no-owners -f json 2>/dev/null',
        300))['devices']
    cards = {'0000:41:00.0': 3, '0000:44:00.0': 3, '0000:81:00.0': 3,
             '0000:82:00.0': 4}
    assert {each['address']: each['num_vfs'] for each in devices
            if each['total_vfs']} == cards
    assert collections.Counter(each['parent'] for each in devices
                               if each['parent']) == cards
