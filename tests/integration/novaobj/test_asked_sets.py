# SPDX-License-Identifier: Apache-2.0

"""The sets of Nova's flavors, and why there are none of images."""

import pytest
from nova import exception
from nova import objects
from nova.virt import hardware

from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj import asked_sets

pytestmark = pytest.mark.nova


@pytest.fixture(autouse=True)
def registered():
    objects.register_all()


def test_a_flavor_of_nova():
    flavor = objects.Flavor(extra_specs={
        'pci_passthrough:alias': 'gpu:2', 'pci_passthrough:same': 'pf:gpu'})
    assert asked_sets.of_flavor(flavor) == (
        DeviceSet(rule=SetRule.SAME, attribute='pf', members=('gpu',)),)


def test_nova_drops_what_an_image_would_ask():
    """When a Nova keeps it, images may tighten (decision sets-of-flavors)."""
    image = objects.ImageMeta.from_dict({'properties': {
        'hw_pci_passthrough_same': 'pf:gpu', 'hw_pci_numa_affinity_policy':
        'required', 'pci_passthrough:same': 'pf:gpu',
        'trait:CUSTOM_SAME_PF': 'required'}})
    assert {name for name in image.properties.fields
            if name in image.properties} == {
                'hw_pci_numa_affinity_policy', 'traits_required'}
    with pytest.raises(AttributeError):
        image.properties.get('hw_pci_passthrough_same')


def test_the_numa_policy_of_an_image_holds_beside_sets():
    flavor = objects.Flavor(extra_specs={
        'pci_passthrough:alias': 'gpu:2', 'pci_passthrough:same': 'pf:gpu'})
    image = objects.ImageMeta.from_dict({'properties': {
        'hw_pci_numa_affinity_policy': 'required'}})
    assert hardware.get_pci_numa_policy_constraint(
        flavor, image) == 'required'
    flavor.extra_specs['hw:pci_numa_affinity_policy'] = 'preferred'
    with pytest.raises(exception.ImagePCINUMAPolicyForbidden):
        hardware.get_pci_numa_policy_constraint(flavor, image)
