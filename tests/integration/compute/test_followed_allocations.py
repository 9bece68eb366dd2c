# SPDX-License-Identifier: Apache-2.0

import json

import pytest
from nova.compute import provider_tree
from nova.objects import pci_device

from nova_pci_ext.compute import followed_allocations
from nova_pci_ext.compute import moving_rows

pytestmark = pytest.mark.nova

NODE, ME = 'compute-1', '00000000-0000-0000-0000-000000000001'
OLD, NEW = '0000:01:00.0', '0000:02:00.0'


@pytest.fixture
def tree():
    found = provider_tree.ProviderTree()
    found.new_root(NODE, 'c0000000-0000-0000-0000-000000000001')
    for number, address in enumerate((OLD, NEW), 2):
        uuid = f'c0000000-0000-0000-0000-00000000000{number}'
        found.new_child(f'{NODE}_{address}', NODE, uuid=uuid)
        found.update_traits(uuid, ['COMPUTE_MANAGED_PCI_DEVICE'])
    return found


def row(**extra):
    return pci_device.PciDevice(
        address=NEW, dev_type='type-PCI', parent_addr=None,
        status='allocated', instance_uuid=ME, extra_info=extra)


def leave(tree, dev, resizing=()):
    one = tree.data(f'{NODE}_{OLD}').uuid
    allocations = {ME: {'allocations': {
        tree.data(NODE).uuid: {'resources': {'VCPU': 1}},
        one: {'resources': {'CUSTOM_GPU': 1}}}}}
    changed = followed_allocations.leave_old(
        tree, NODE, [dev], allocations, resizing)
    return changed, one in allocations[ME]['allocations']


MOVED = {moving_rows.FOLLOWED: json.dumps(['plan', OLD])}


def test_what_is_left_at_the_old_address_is_taken_out(tree):
    assert leave(tree, row(**MOVED)) == (True, False)


def test_what_has_not_moved_is_left_to_nova(tree):
    assert leave(tree, row()) == (False, True)


def test_a_resize_on_one_host_is_left_alone(tree):
    assert leave(tree, row(**MOVED), [ME]) == (False, True)
