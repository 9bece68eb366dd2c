# SPDX-License-Identifier: Apache-2.0

"""Which group a server has that asked for one."""

import pytest
from nova import objects

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.novaobj import chosen_groups

pytestmark = pytest.mark.nova

A, B, C = '0000:b8:00.0', '0000:bb:00.0', '0000:86:00.0'
PAIR = {'device_group_nvlink': 'p0:8,p3:2'}


def server(groups, devices, ports=()):
    """Return an instance.

    :param groups: value of ``pci_passthrough:group``
    :param devices: tags of the GPUs by address
    :param ports: tags of the devices of ports by address
    """
    objects.register_all()
    extra_specs = {'pci_passthrough:alias': f'gpu:{len(devices) or 1}'}
    if groups:
        extra_specs['pci_passthrough:group'] = groups
    requests = [objects.InstancePCIRequest(
        request_id='gpus', alias_name='gpu', count=len(devices),
        spec=[{'vendor_id': '10de', 'product_id': '2330'}]),
        *(objects.InstancePCIRequest(
            request_id=address, requester_id=f'port-{address}', count=1,
            spec=[{'physical_network': 'fabric'}]) for address in ports)]
    return objects.Instance(
        uuid='d9a3c1de-1f65-4e0a-9a05-6c0f0e3c7d10',
        flavor=objects.Flavor(extra_specs=extra_specs),
        pci_requests=objects.InstancePCIRequests(requests=requests),
        pci_devices=objects.PciDeviceList(objects=[
            objects.PciDevice(
                address=address, request_id=request_id or address,
                vendor_id='10de', product_id='2330', dev_type='type-PF',
                numa_node=0, parent_addr=None, extra_info=dict(tags))
            for request_id, found in (('gpus', devices), (None, ports))
            for address, tags in dict(found).items()]))


def group(name, *addresses, kind='nvlink'):
    return DeviceGroup(type=kind, name=name, addresses=tuple(
        map(PciAddress.parse, addresses)))


def test_the_group_that_is_as_large_as_what_was_asked_for():
    assert chosen_groups.of_instance(
        server('nvlink:gpu', {B: PAIR, A: PAIR})) == (
            ('nvlink', group('p3', A, B)),)


def test_who_asks_for_no_group_has_none():
    assert chosen_groups.of_instance(server('', {A: PAIR, B: PAIR})) == ()


def test_of_equal_groups_it_is_the_first_by_name():
    tags = {'device_group_nvlink': 'p3:2,b:2'}
    assert chosen_groups.of_instance(
        server('nvlink:gpu', {A: tags, B: tags})) == (
            ('nvlink', group('b', A, B)),)


@pytest.mark.parametrize('devices', [
    pytest.param({A: PAIR, B: {}}, id='one is in none'),
    pytest.param({A: PAIR, B: {'device_group_nvlink': 'p4:2'}},
                 id='two groups'),
    pytest.param({A: PAIR, B: {'device_group_rail': 'p3:2'}},
                 id='another type'),
    pytest.param({A: PAIR}, id='a part of one'),
    pytest.param({}, id='no device')])
def test_what_is_no_group(devices):
    assert chosen_groups.of_instance(server('nvlink:gpu', devices)) == (
        ('nvlink', None),)


def test_ports_have_groups_too():
    rail = {'device_group_rail': 'r1:1'}
    assert chosen_groups.of_instance(server(
        'nvlink:gpu;rail:ports', {A: PAIR, B: PAIR}, {C: rail})) == (
            ('nvlink', group('p3', A, B)),
            ('rail', group('r1', C, kind='rail')))
