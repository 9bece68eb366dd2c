# SPDX-License-Identifier: Apache-2.0

"""Requests that the scheduler would refuse on every host."""

import pytest
from nova import context as nova_context
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.planning import counting
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

STORED = {'pci_passthrough:alias': 'gpu:2', 'pci_passthrough:same': 'pf:nic'}


@pytest.mark.parametrize(('added', 'message'), [
    pytest.param({}, 'pci_passthrough:same: the flavor asks for no alias '
                 '"nic"; expected one of gpu, ports, or add the alias to '
                 'pci_passthrough:alias', id='a flavor as it is'),
    pytest.param({'pci_passthrough:same': 'pf:gpus'},
                 'pci_passthrough:same: the flavor asks for no alias "gpus"; '
                 'did you mean gpu?', id='an extra spec on top of it'),
])
def test_a_flavor_of_the_cloud_whose_sets_are_wrong(added, message,
                                                    monkeypatch):
    objects.register_all()
    monkeypatch.setattr(
        objects.Flavor, 'get_by_name', lambda context, name: objects.Flavor(
            name=name, extra_specs=dict(STORED)))
    with pytest.raises(exceptions.ConfigErrors) as caught:
        requests.request_spec(
            ServerRequest(flavor='m1', extra_specs=added),
            nova_context.get_admin_context())
    assert str(caught.value) == message


def test_what_an_image_asks_is_asked():
    with recorded.fleet() as fleet:
        found = fleet.spec(ServerRequest(vcpus=2, image={
            'hw_numa_nodes': '2', 'hw_pci_numa_affinity_policy': 'required'},
            extra_specs={'pci_passthrough:alias': 'vf:1'}))
    assert len(found.numa_topology.cells) == 2
    (request,) = found.pci_requests.requests
    assert request.numa_policy == 'required'


def test_an_image_that_nova_refuses():
    with recorded.fleet() as fleet, pytest.raises(
            exceptions.ServerRequestError) as caught:
        fleet.spec(ServerRequest(
            image={'hw_pci_numa_affinity_policy': 'near'}))
    assert str(caught.value).startswith('the properties of the image: ')


@pytest.mark.parametrize(('alias', 'error', 'message'), [
    pytest.param('a:b:c', exceptions.ConfigErrors,
                 'pci_passthrough:alias: "a:b:c" is not a request; expected '
                 'name:count with count from 1', id='three parts'),
    pytest.param('vf', exceptions.ConfigErrors,
                 'pci_passthrough:alias: "vf" is not a request; expected '
                 'name:count with count from 1', id='no count'),
    pytest.param(':', exceptions.ServerRequestError,
                 'PCI alias  is not defined', id='no name'),
])
def test_a_flavor_that_nobody_checked(alias, error, message):
    """Nova checks flavors from microversion 2.86 on, where they are made."""
    with recorded.fleet() as fleet, pytest.raises(error) as caught:
        fleet.spec(recorded.server(alias))
    assert str(caught.value) == message


def test_a_flavor_that_nobody_checked_stops_no_other():
    flavors = [ListedFlavor(name=name, vcpus=1, ram_mb=1, disk_gb=1,
                            extra_specs={'pci_passthrough:alias': alias})
               for name, alias in (('bad', 'a:b:c'), ('good', 'vf:1'))]
    found = counting.count_recorded(
        flavors, [recorded.host('nic')], recorded.load())
    assert [(row.name, bool(row.refusal)) for row in found.rows] == [
        ('bad', True), ('good', False)]
