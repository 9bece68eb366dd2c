# SPDX-License-Identifier: Apache-2.0

"""The class of a device, as the compute publishes it."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import published
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import PoolClass
from tests import device_scenes


@pytest.mark.parametrize(('dev_type', 'tags', 'interface', 'found'), [
    pytest.param('type-PCI', {}, None, {}, id='nothing to add'),
    pytest.param('type-VF', {}, None, {'remote_managed': 'false'},
                 id='a VF that nobody else manages'),
    pytest.param('type-VF', {'remote_managed': 'true'}, 'eth0',
                 {'remote_managed': 'true', 'parent_ifname': 'eth0'},
                 id='a VF of a DPU'),
    pytest.param('type-PCI',
                 {'resource_class': 'A', 'traits': 'B', 'rp_uuid': 'C',
                  'address': 'D', 'count': '5', 'devices': 'E',
                  'numa_node': '1', 'dev_type': 'F', 'vendor_id': 'G',
                  'product_id': 'H', 'label': 'kept'}, None,
                 {'label': 'kept'}, id='what Placement and pools know'),
])
def test_the_tags_of_a_pool(dev_type, tags, interface, found):
    assert published.pool_tags(dev_type, tags, interface) == found


def test_a_device_and_its_entry_make_a_class():
    parent = device_scenes.pf(netdevs=('eno1',))
    child = device_scenes.vf(netdevs=('eno1v0',), numa_node=1)
    (spec,) = parsing.parse_device_spec(
        '{"product_id": "1520", "physical_network": "Blue", '
        '"live_migratable": "yes"}')
    assert published.device_class(child, parent, spec) == PoolClass(
        vendor_id='8086', product_id='1520', dev_type=DeviceType.VF,
        numa_node=1, is_network=True,
        tags=(('live_migratable', 'true'), ('parent_ifname', 'eno1'),
              ('physical_network', 'blue'), ('remote_managed', 'false')))


@pytest.mark.parametrize(('pf', 'vf', 'tags', 'is_network'), [
    pytest.param({'mac': '02:00:00:00:00:01'}, {}, '', True,
                 id='a VF of a NIC on vfio-pci'),
    pytest.param({}, {}, '', False, id='a VF of a GPU'),
    pytest.param({'mac': '02:00:00:00:00:01'},
                 {'dev_type': DeviceType.VDPA}, '', True, id='vDPA anyway'),
    pytest.param({}, {}, ', "physical_network": "p"', True,
                 id='the operator says so'),
])
def test_whether_a_vf_is_of_a_nic(pf, vf, tags, is_network):
    (spec,) = parsing.parse_device_spec(f'{{"product_id": "1520"{tags}}}')
    found = published.device_class(device_scenes.vf(**vf),
                                   device_scenes.pf(**pf), spec)
    assert found.is_network is is_network


def test_a_nic_for_guests_is_on_tunnelled_networks():
    assert published.pool_tags('type-VF', {}, None, is_nic=True) == {
        'physical_network': None, 'remote_managed': 'false'}
    assert published.pool_tags('type-VF', {'physical_network': 'p'}, None,
                               is_nic=True)['physical_network'] == 'p'
    assert 'physical_network' not in published.pool_tags(
        'type-VF', {}, 'eth0', is_nic=True)


def test_a_type_that_nobody_knows_is_a_tag():
    assert published.pool_class('8086', '1520', None, {
        'dev_type': 'type-New'}) == PoolClass(
            vendor_id='8086', product_id='1520', dev_type=None,
            tags=(('dev_type', 'type-new'),))


def test_where_a_device_is_only_the_host_says():
    assert published.pool_tags(
        'type-PCI', {'card': 'mine', 'device_group_rail': 'a:1', 'rack': '7'},
        None, place={'pcie_root': '0000:40:00.0'}) == {
            'rack': '7', 'pcie_root': '0000:40:00.0'}
