# SPDX-License-Identifier: Apache-2.0

"""Names of classes and traits are those that Nova writes."""

import pytest
from nova.compute import pci_placement_translator as nova_translator

from nova_pci_ext.parsing import placement_names

pytestmark = pytest.mark.nova


@pytest.mark.parametrize('name', [
    None, '', 'VGPU', 'vgpu', 'my gpu', 'custom_a', 'CUSTOM_A', 'a-b.c',
    'CUSTOM_a-b', '1', 'custom-a'])
def test_a_class_is_named_as_nova_names_it(name):
    assert placement_names.resource_class(name, '10de', '20b0') == (
        nova_translator.get_resource_class(name, '10de', '20b0'))


@pytest.mark.parametrize('names', [
    None, '', 'HW_NIC_SRIOV', 'hw_nic_sriov', 'blue', 'CUSTOM_BLUE,blue',
    'a, b', ' x ', 'a,,b', 'custom-x'])
def test_traits_are_named_as_nova_names_them(names):
    assert placement_names.traits(names) == nova_translator.get_traits(names)
