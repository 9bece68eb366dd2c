# SPDX-License-Identifier: Apache-2.0

"""Which group of a query to Placement is that of which port."""

import pytest
from nova import objects

from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import requests as requests_of
from tests import port_bandwidths as port_options

pytestmark = pytest.mark.nova

# The cases below are made of them.
objects.register_all()
EGRESS = 'NET_BW_EGR_KILOBIT_PER_SEC'


@pytest.fixture(autouse=True)
def option():
    with port_options.followed():
        yield


def port(name, physnet='physnet1', policy=None, **spec):
    return objects.InstancePCIRequest(
        count=1, request_id=f'request of {name}', requester_id=name,
        alias_name=None, numa_policy=policy,
        spec=[{'physical_network': physnet, 'remote_managed': 'False',
               **spec}])


def group(name, physnet='PHYSNET1', vnic_type='DIRECT', resource=EGRESS):
    network = f'CUSTOM_PHYSNET_{physnet}' if physnet else 'HW_TUNNEL'
    return objects.RequestGroup(
        requester_id=name, resources={resource: 1000}, provider_uuids=[],
        required_traits={network, f'CUSTOM_VNIC_TYPE_{vnic_type}'})


def test_what_no_group_asked_for_says_nothing_of_a_port():
    """It is the provider of a host's vCPUs and memory, in every candidate."""
    asked = []
    (found,) = requests_of.device_requests(
        [port('p')], {'': ['a host']}, asked.append, {})
    assert asked == []
    assert found == requests_of.device_requests(
        [port('p')], None, asked.append, {})[0]


@pytest.mark.parametrize(('ports', 'groups', 'expected'), [
    pytest.param([port('p')], [group('g')], {'p': 'g'}, id='one port'),
    pytest.param([port('p')], [group('p')], {},
                 id='a group with the id of its port'),
    pytest.param([port('p'), port('q')], [group('q'), group('g')],
                 {'p': 'g'}, id='one with the id of its port, one without'),
    pytest.param([port('p'), port('q', 'other.net')],
                 [group('h', 'OTHER_NET'), group('g')],
                 {'p': 'g', 'q': 'h'}, id='told apart by their networks'),
    pytest.param([port('p'), port('q')], [group('g')], {'p': 'g'},
                 id='the group may be of either of two that are alike'),
    pytest.param([port('p'), port('q')], [group('g'), group('h')],
                 {'p': 'g', 'q': 'h'}, id='two alike with two groups'),
    pytest.param([port('p'), port('q', policy='required')], [group('g')], {},
                 id='which of two that are not alike is not known'),
    pytest.param([port('p'), port('q', trusted='true')],
                 [group('g'), group('h')], {},
                 id='nor which group is of which'),
    pytest.param([port('p'), port('q', dev_type='type-PF')],
                 [group('g', vnic_type='DIRECT_PHYSICAL'),
                  group('h', vnic_type='MACVTAP')],
                 {'p': 'h'}, id='a PF, of whose interface nothing is known'),
    pytest.param([port('p', dev_type='vdpa')],
                 [group('g', vnic_type='VDPA')], {}, id='vDPA'),
    pytest.param([port('p')], [group('g', vnic_type='NORMAL')], {},
                 id='a port without a device'),
    pytest.param([port('p')], [group(
        'g', resource='NET_PACKET_RATE_KILOPACKET_PER_SEC')], {},
        id='a packet rate'),
    pytest.param([port('p', None)], [group('g', None)], {},
                 id='a tunnelled network, which is of no PF'),
    pytest.param([port('p')], [group(
        'g', vnic_type='ACCELERATOR_DIRECT')], {},
        id='an accelerator, for which Nova asks otherwise'),
    pytest.param([port('p', None)], [group('g')], {},
                 id='a group of another network'),
    pytest.param([], [group('g')], {}, id='no port'),
])
def test_pairs(ports, groups, expected):
    assert port_groups.pair(port_groups.ports(ports), groups) == expected
    # What an earlier claim has written into a request makes no difference.
    for each in ports:
        each.spec[0]['parent_ifname'] = each.requester_id
    assert port_groups.pair(port_groups.ports(ports), groups) == expected


def spec(ports, groups):
    return objects.RequestSpec(
        requested_resources=groups,
        pci_requests=objects.InstancePCIRequests(requests=ports))


def test_a_request_is_of_the_interface_of_its_group():
    asked = [port('p'), objects.InstancePCIRequest(
        count=1, request_id='of an alias', requester_id=None,
        alias_name='a1', numa_policy=None, spec=[{'vendor_id': '8086'}])]
    mappings = {'g': ['provider of ens1']}

    def interfaces(groups=None):
        return [each.alternatives[0].tag('parent_ifname')
                for each in requests_of.device_requests(
                    asked, mappings, {'provider of ens1': 'ens1'}.get,
                    groups)]

    assert interfaces() == [None, None]
    before = requests_of.question(asked, mappings, None)
    with asked_sets.asked_by(spec(asked, [group('g')])):
        assert interfaces() == ['ens1', None]
        # An answer that is kept is not taken for that of another server.
        assert requests_of.question(asked, mappings, None) != before
    assert interfaces({'p': 'g'}) == ['ens1', None]
    assert port_groups.current() == {}


def test_nothing_is_known_without_the_option():
    port_options.CONF.clear_override('port_bandwidth_pf', 'pci_ext')
    with asked_sets.asked_by(spec([port('p')], [group('g')])):
        assert port_groups.current() == {}


@pytest.mark.parametrize('given', [
    objects.RequestSpec(), spec([port('p')], []),
    objects.RequestSpec(requested_resources=[group('g')], pci_requests=None)])
def test_a_server_without_such_ports(given):
    assert port_groups.of_spec(given) == {}
