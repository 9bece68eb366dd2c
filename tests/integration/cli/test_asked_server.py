# SPDX-License-Identifier: Apache-2.0

"""``--image`` and ``--host`` of explain, on recorded hosts."""

import json
import pathlib

import pytest

from nova_pci_ext.cli import main

pytestmark = pytest.mark.nova

HOSTS = pathlib.Path(__file__).parents[2] / 'data' / 'explain'


@pytest.fixture
def explain(capsys):
    def go(*words):
        status = main.main([
            'explain', '--config-file', str(HOSTS / 'nova.conf'),
            '--inventory', str(HOSTS / 'busy.json'),
            '--inventory', str(HOSTS / 'one-card.json'), *map(str, words)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err
    return go


def test_the_properties_of_an_image_decide(explain, tmp_path):
    """The host has two NUMA nodes."""
    image = tmp_path / 'image.json'
    for nodes, status in ((1, 0), (4, 1)):
        image.write_text(json.dumps({'name': 'i', 'properties': {
            'hw_numa_nodes': nodes}}))
        found = explain(
            '--extra-spec', 'pci_passthrough:alias=vf:1', '--image', image,
            '--vcpus', '4', '--host', 'busy')
        assert (found[0], found[2]) == (status, ''), found[1]


def test_a_file_that_is_not_an_image(explain, tmp_path):
    image = tmp_path / 'image.json'
    image.write_text('[]')
    assert explain('--extra-spec', 'pci_passthrough:alias=vf:1', '--image',
                   image) == (
        2, '', f'nova-pci: error: {image}: expected an object with the '
        'properties of an image, as openstack image show -f json prints '
        'it\n')


def test_one_host_alone(explain):
    asked = ('--extra-spec', 'pci_passthrough:alias=vf:1', '-f', 'csv')
    assert len(explain(*asked)[1].splitlines()) == 3
    assert '"busy"' in explain(*asked, '--host', 'busy')[1].splitlines()[1]
    assert explain(*asked, '--host', 'nobody') == (
        2, '', 'nova-pci: error: --host nobody: no such host; expected the '
        'name of a host as Nova has it, in a cell that gets new servers\n')
