# SPDX-License-Identifier: Apache-2.0

"""Servers with a normal port, among hosts with GPUs, with NICs and without.

plain-1 has no device to hand out here, each igb host two VFs and their PF,
gpu-1 four GPUs and three VFs. Beside one server that fills most of plain-1,
all but gpu-1 have room for one. The weights are those of
doc/source/install.rst.
"""

import dataclasses
import json

import pytest

from cloud import catalog
from cloud import hosts
from cloud import rest
from tests.cloud.scene import HOST

QUICK = ('tracker',)
#: ``hw_vif_model`` of the images, None for one that names none.
MODELS = (None, 'virtio', 'e1000', None)
NICS = ('0000:41:00.0', '0000:41:10.0', '0000:41:10.2')
KEPT = {'plain-1': (), 'igb-1': NICS, 'igb-2': NICS}
RAM_MB = 1800


@pytest.fixture
def fewer(place, records):
    """Let the hosts have fewer devices; the computes notice it."""
    def wait(wanted):
        rest.wait_until('devices', lambda: wanted == {
            host: sum(each.host == host for each in records.devices())
            for host in KEPT})
    before = {host: sum(each.host == host for each in records.devices())
              for host in KEPT}
    for host, kept in KEPT.items():
        found = hosts.recording(host)
        hosts.plug(place, host, dataclasses.replace(found, devices=tuple(
            each for each in found.devices
            if str(each.address) in kept or (not each.parent
            and each.dev_type == 'type-PCI'))))
    wait({host: len(kept) for host, kept in KEPT.items()})
    yield
    for host in KEPT:
        hosts.plug(place, host, hosts.recording(host))
    wait(before)


@pytest.fixture
def images(calls):
    """Return images by their model of NIC; they are deleted at the end."""
    made = {}
    for model in set(MODELS):
        made[model] = calls.call('image', 'POST', '/images', {
            'name': f'of {model}', 'disk_format': 'raw',
            'container_format': 'bare',
            **({'hw_vif_model': model} if model else {})})['id']
        calls.call('image', 'PUT', f'/images/{made[model]}/file',
                   content=catalog.IMAGE_CONTENT)
    yield made
    for each in made.values():
        calls.call('image', 'DELETE', f'/images/{each}')


@pytest.mark.usefixtures('fewer')
def test_they_go_to_hosts_with_devices_when_all_others_are_full(
        scene, records, place, calls, images):
    whole = sum(cell.memory_mb
                for cell in hosts.recording('plain-1').numa_cells)
    filler = scene.boot(catalog.make_flavor(
        calls, 'filler', {}, ram=whole - RAM_MB), host='plain-1')
    assert filler['status'] == 'ACTIVE', filler.get('fault')
    flavor = catalog.make_flavor(calls, 'plain', {}, ram=RAM_MB)
    found, ports = [], []
    for model in MODELS:
        ports.append(scene.port('physnet1', 'normal'))
        server = scene.boot(flavor, ports[-1:], imageRef=images[model])
        assert server['status'] == 'ACTIVE', server.get('fault')
        found.append(server[HOST])
        handed_over = json.loads((
            place.state / server[HOST] / 'handed-over'
            / f'{server["id"]}.json').read_text('utf-8'))
        assert (handed_over['devices'], handed_over['elements']) == ([], [])
    assert (found[0], sorted(found[1:3]), found[3]) == (
        'plain-1', ['igb-1', 'igb-2'], 'gpu-1')
    assert [each for each in records.devices() if each.owner] == []
    bound = {each['id']: each['vif_type'] for each in records.ports()}
    assert {bound[each] for each in ports} == {'ovs'}
