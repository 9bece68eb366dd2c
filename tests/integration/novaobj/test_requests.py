# SPDX-License-Identifier: Apache-2.0

"""Nova's objects into the model."""

import pytest
from nova import objects

from nova_pci_ext import novaobj
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from tests import nova_hosts

pytestmark = pytest.mark.nova

ROW = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0,
       'count': 3, 'dev_type': 'type-VF', 'address': '0000:0a:00.0',
       'rp_uuid': 'rp-1', 'physical_network': 'PhysNet1', 'trusted': 'true'}
READ = Pool(
    PoolClass(vendor_id='8086', product_id='1520', dev_type=DeviceType.VF,
              numa_node=0, tags=(('physical_network', 'physnet1'),
                                 ('trusted', 'true')), is_network=True),
    '0000:0a:00.0', 'rp-1', 3)


def no_interface(provider):
    """Fail: nobody asks which PF a provider is."""
    raise AssertionError(provider)


def test_dicts_and_published_objects_are_read_alike():
    published = objects.PciDevicePool.from_dict(ROW)
    assert novaobj.pools_from_dicts([ROW]) == (READ,)
    assert novaobj.pools_from_objects([published]) == (READ,)


def test_equal_classes_are_one_object_and_hash_alike():
    one, two = novaobj.pools_from_dicts([ROW, dict(ROW, count=1)])
    assert one.kind is two.kind
    assert hash(one.kind) == hash(READ.kind)


@pytest.mark.parametrize('tag, read', [
    (True, 'true'), (1, '1'), (1.0, '1.0'), ('True', 'true'),
    (['b', 'A'], 'a,b'), (None, None)])
def test_values_of_tags_become_lower_case_text(tag, read):
    # Twice, and between values that Python takes for equal.
    rows = [dict(ROW, extra=value) for value in (1, tag, True, tag)]
    found = novaobj.pools_from_dicts(rows)
    assert [pool.kind.tag('extra') for pool in found] == [
        '1', read, 'true', read]


def test_a_pool_without_optional_keys():
    assert novaobj.pools_from_dicts([{'count': 1}]) == (Pool(
        PoolClass(vendor_id='', product_id='', dev_type=None), None, None,
        1),)


def test_a_flavor_request():
    request = objects.InstancePCIRequest(
        count=2, alias_name='a1', request_id=objects_uuid(1),
        numa_policy='socket', spec=[{
            'vendor_id': '8086', 'product_id': '1520', 'dev_type': 'type-PF',
            'resource_class': 'CUSTOM_NIC', 'traits': 'T',
            'capability_type': 'pci', 'remote_managed': 'False'}])
    assert novaobj.device_requests([request], {
        '': ['host'], f'{objects_uuid(1)}-1': ['rp-2'],
        f'{objects_uuid(1)}-0': ['rp-1'], f'{objects_uuid(2)}-0': ['rp-3'],
    }, no_interface) == (DeviceRequest(
        request_id=objects_uuid(1), name='a1', count=2,
        alternatives=(Alternative(
            vendor_id='8086', product_id='1520', dev_type=DeviceType.PF,
            tags=(('remote_managed', 'false'),)),),
        numa_policy=NumaPolicy.SOCKET, origin=Origin.FLAVOR,
        providers=('rp-1', 'rp-2')),)


def test_a_port_request_has_no_providers_and_the_port_s_name():
    request = objects.InstancePCIRequest(
        count=1, request_id=objects_uuid(1), requester_id='port-1',
        spec=[{'physical_network': 'P1'}])
    before = request.obj_what_changed()
    assert novaobj.device_requests([request], {
        f'{objects_uuid(1)}-0': ['rp-1']}, no_interface) == (DeviceRequest(
        request_id=objects_uuid(1), name='port-1', count=1,
        alternatives=(Alternative(tags=(('physical_network', 'p1'),)),),
        origin=Origin.PORT),)
    assert request.obj_what_changed() == before


def test_a_request_may_carry_its_providers():
    request = objects.InstancePCIRequest(
        count=2, alias_name='a1', spec=[{'rp_uuids': 'rp-2,rp-1'}])
    [found] = novaobj.device_requests([request], None, no_interface)
    assert found.providers == ('rp-1', 'rp-2')


@pytest.mark.parametrize('sockets, near', [
    ((0, 0, 1), {0, 1}), ((0, 1, 1), {0}), ((0, None, 1), set())])
def test_cells_and_the_nodes_on_their_sockets(sockets, near):
    assert novaobj.guest_cells(
        nova_hosts.cells(0), nova_hosts.topology(*sockets)) == GuestCells(
        nodes=frozenset({0}), socket_nodes=frozenset(near))


def test_the_pools_that_matter_are_the_pools_that_fit():
    pools = [objects.PciDevicePool.from_dict(dict(ROW, **more)) for more in (
        {}, {'vendor_id': '10de'}, {'product_id': '1521'},
        {'product_id': '1521', 'physical_network': 'other'})]

    def picked(*spec):
        request = objects.InstancePCIRequest(count=1, spec=list(spec))
        relevant = novaobj.Relevant(
            novaobj.device_requests([request], None, no_interface))
        found = list(relevant.pick(pools))
        return [pools.index(pool) for pool in found]

    assert picked({'vendor_id': '8086', 'product_id': '1520'}) == [0]
    assert picked({'product_id': '1520'}) == [0, 1]
    assert picked({'physical_network': 'physnet1'}) == [0, 1, 2]
    assert picked({'vendor_id': '8086', 'product_id': '1521'},
                  {'physical_network': 'OTHER'}) == [2, 3]
    assert picked({'dev_type': 'type-VF'}) == [0, 1, 2, 3]


def objects_uuid(number):
    """Return a UUID that is easy to recognise."""
    return f'00000000-0000-0000-0000-{number:012d}'
