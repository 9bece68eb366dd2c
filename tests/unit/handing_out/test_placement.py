# SPDX-License-Identifier: Apache-2.0

"""Devices and aliases as Placement has them."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import placement
from nova_pci_ext.handing_out.placement import PlacementTerms
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection
from tests import device_scenes

MANAGED = 'COMPUTE_MANAGED_PCI_DEVICE'


def terms(name, *traits):
    return PlacementTerms(resource_class=name, traits=frozenset(traits))


def spec(text):
    (found,) = parsing.parse_device_spec(text)
    return found


@pytest.mark.parametrize(('tags', 'device', 'found'), [
    pytest.param('', device_scenes.pf(), terms('CUSTOM_PCI_8086_1521',
                                               MANAGED), id='by its ids'),
    pytest.param(', "resource_class": "my-gpu", "traits": "blue,hw_nic_sriov,'
                 'HW_NIC_SRIOV"', device_scenes.pf(),
                 terms('CUSTOM_MY_GPU', MANAGED, 'CUSTOM_BLUE',
                       'CUSTOM_HW_NIC_SRIOV', 'HW_NIC_SRIOV'),
                 id='names are normalised, standard traits by their case'),
    pytest.param(', "resource_class": "pgpu", "live_migratable": "yes", '
                 '"one_time_use": "yes"', device_scenes.pf(),
                 terms('PGPU', MANAGED, 'HW_PCI_LIVE_MIGRATABLE',
                       'HW_PCI_ONE_TIME_USE'), id='what Nova adds'),
    pytest.param(', "physical_network": "p"', device_scenes.vf(), None,
                 id='a physical network keeps it out'),
])
def test_what_a_device_is_to_placement(tags, device, found):
    assert placement.offered(device, spec(
        f'{{"vendor_id": "8086"{tags}}}')) == found


def test_an_older_nova_gives_no_trait_for_live_migration():
    (old,) = parsing.parse_device_specs(parsing.option_values(
        'device_spec', ['{"vendor_id": "8086", "live_migratable": "yes"}']),
        parsing.Faults(), has_live_migratable_trait=False)
    assert placement.offered(device_scenes.pf(), old) == terms(
        'CUSTOM_PCI_8086_1521', MANAGED)


@pytest.mark.parametrize(('alias', 'rejection'), [
    pytest.param('"resource_class": "a", "traits": "blue"', None, id='fits'),
    pytest.param('"resource_class": "b"', Rejection(
        reason=Reason.PROVIDER, wanted='CUSTOM_B',
        found=f'CUSTOM_A with {MANAGED}, CUSTOM_BLUE'), id='another class'),
    pytest.param('"resource_class": "a", "traits": "red,blue"', Rejection(
        reason=Reason.PROVIDER,
        wanted='CUSTOM_A with CUSTOM_BLUE, CUSTOM_RED',
        found=f'CUSTOM_A with {MANAGED}, CUSTOM_BLUE'), id='a trait more'),
])
def test_whether_placement_may_choose_a_device(alias, rejection):
    entry, = parsing.parse_alias(f'{{"name": "a1", {alias}}}').entries
    assert placement.rejection(entry, device_scenes.pf(), spec(
        '{"vendor_id": "8086", "resource_class": "A", "traits": "blue"}')
    ) == rejection
