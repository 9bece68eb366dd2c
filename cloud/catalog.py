# SPDX-License-Identifier: Apache-2.0

"""What an administrator sets up in a new cloud, over REST.

Everything has a name and is made only if nothing has that name yet.
"""

import struct
from typing import Any

from cloud import hosts
from cloud import layout
from cloud import rest

ENDPOINTS = {
    'compute': ('nova', '/v2.1'), 'placement': ('placement', ''),
    'image': ('glance', ''), 'network': ('neutron', '')}
FLAVORS = {
    # The mission's example: two devices of alias a1.
    'm1.large': {'vcpus': 1, 'ram': 256, 'disk': 1,
                 'extra_specs': {'pci_passthrough:alias': 'a1:2'}},
    'm1.small': {'vcpus': 1, 'ram': 64, 'disk': 1, 'extra_specs': {}}}
#: Network to its physical network and VLAN.
NETWORKS = {'net1': ('physnet1', 101), 'net2': ('physnet2', 123)}
IMAGE = 'empty'
#: A boot sector that halts, with one entry in its table of partitions, so
#: that glance takes it for a raw disk and a guest that is emulated is idle.
IMAGE_CONTENT = (
    b'\xfa\xf4\xeb\xfd'.ljust(446, b'\0')
    + bytes([0x80, 0, 2, 0, 0x83, 0, 0x3f, 0]) + struct.pack('<II', 1, 127)
    + bytes(48) + b'\x55\xaa').ljust(65536, b'\0')


def register_services(calls: rest.Rest, place: layout.Layout) -> None:
    """Make the service user and the endpoints; keystone alone is needed."""
    project = _ensure(calls, 'projects', 'project', 'service',
                      domain_id='default')
    user = _ensure(calls, 'users', 'user', 'nova', domain_id='default',
                   password=layout.PASSWORD)
    for role in ('admin', 'service'):
        role_id = _ensure(calls, 'roles', 'role', role)
        calls.call('identity', 'PUT',
                   f'/projects/{project}/users/{user}/roles/{role_id}')
    known = {each['url'] for each in calls.call(
        'identity', 'GET', '/endpoints')['endpoints']}
    for kind, (name, path) in ENDPOINTS.items():
        service = _ensure(calls, 'services', 'service', name, type=kind)
        url = f'{place.url(name)}{path}'
        for interface in () if url in known else (
                'public', 'internal', 'admin'):
            calls.call('identity', 'POST', '/endpoints', {'endpoint': {
                'service_id': service, 'interface': interface, 'url': url,
                'region_id': 'RegionOne'}})


def _ensure(calls: rest.Rest, plural: str, singular: str, name: str,
            **more: Any) -> str:
    """Return the id of keystone's thing of that name, made if needed."""
    found = calls.call('identity', 'GET', f'/{plural}?name={name}')[plural]
    if not found:
        found = [calls.call('identity', 'POST', f'/{plural}', {
            singular: {'name': name, **more}})[singular]]
    return str(found[0]['id'])


def make_contents(calls: rest.Rest) -> None:
    """Make the image, the flavors and the networks."""
    image_id(calls)
    known = {each['name'] for each in calls.compute(
        'GET', '/flavors')['flavors']}
    for name, flavor in FLAVORS.items():
        if name not in known:
            make_flavor(calls, name, flavor['extra_specs'],
                        vcpus=flavor['vcpus'], ram=flavor['ram'])
    for name in NETWORKS:
        network_id(calls, name)


def make_flavor(calls: rest.Rest, name: str, extra_specs: dict[str, str],
                *, vcpus: int = 1, ram: int = 64) -> str:
    """Make a flavor and return its id."""
    made = calls.compute('POST', '/flavors', {'flavor': {
        'name': name, 'vcpus': vcpus, 'ram': ram, 'disk': 1}})['flavor']
    if extra_specs:
        calls.compute('POST', f'/flavors/{made["id"]}/os-extra_specs',
                      {'extra_specs': extra_specs})
    return str(made['id'])


def image_id(calls: rest.Rest) -> str:
    """Return the image of all servers; no driver here looks into it."""
    found = calls.call('image', 'GET', f'/images?name={IMAGE}')['images']
    image = found[0] if found else calls.call('image', 'POST', '/images', {
        'name': IMAGE, 'disk_format': 'raw', 'container_format': 'bare',
        'visibility': 'public'})
    if image['status'] == 'queued':
        calls.call('image', 'PUT', f'/images/{image["id"]}/file',
                   content=IMAGE_CONTENT)
    return str(image['id'])


def network_id(calls: rest.Rest, name: str) -> str:
    """Return a network with one subnet."""
    found = calls.network('GET', f'/networks?name={name}')['networks']
    if found:
        return str(found[0]['id'])
    physnet, vlan = NETWORKS[name]
    made = calls.network('POST', '/networks', {'network': {
        'name': name, 'provider:network_type': 'vlan',
        'provider:physical_network': physnet,
        'provider:segmentation_id': vlan}})['network']
    calls.network('POST', '/subnets', {'subnet': {
        'network_id': made['id'], 'ip_version': 4, 'enable_dhcp': False,
        'cidr': f'10.{vlan}.0.0/16', 'name': name}})
    return str(made['id'])


def computes_up(calls: rest.Rest, place: layout.Layout) -> bool:
    """Whether every compute has lately said that it is there."""
    found = calls.compute(
        'GET', '/os-services?binary=nova-compute')['services']
    return {each['host'] for each in found
            if each['state'] == 'up'} >= set(hosts.recorded(place))


def agents_alive(calls: rest.Rest, place: layout.Layout) -> bool:
    """Whether Neutron has heard of both agents on every host."""
    found = [each['host'] for each in calls.network('GET', '/agents')['agents']
             if each['alive']]
    return sorted(found) == sorted(
        2 * [*hosts.recorded(place), *place.joined])
