# SPDX-License-Identifier: Apache-2.0

"""Claims of Nova's ResourceTracker make the device sets of the flavor.

Each claim is one that would give other devices without the sets: four GPUs
are a partition of NVLink where nothing else is asked.
"""

import json
from unittest import mock

import pytest
from nova import context
from nova import exception
from nova import objects
from nova.compute import resource_tracker
from nova.conf import CONF
from nova.pci import request as pci_request

from nova_pci_ext.compute import claimed_sets
from nova_pci_ext.compute import following
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.novaobj import device_reports
from tests import device_rows
from tests import hgx_host
from tests import set_scenes

pytestmark = pytest.mark.nova

NODE = 'compute-1'
ME = 'b2e8f30a-7a9c-4a5f-9c4e-3d6f1c0a5b7e'
SPECS = [{'vendor_id': '10de', 'product_id': '2330'},
         {'vendor_id': '15b3', 'product_id': '101e',
          'physical_network': 'fabric'}]
ALIAS = {'name': 'gpu', 'vendor_id': '10de', 'product_id': '2330',
         'device_type': 'type-PF'}
ADMIN = context.get_admin_context()
UNREADABLE = {'alias': 'gpu:4', 'same': 'pf:nic'}


class Tracker(resource_tracker.ResourceTracker):
    """Nova's, with our hooks, and without its writes about other things."""

    instance_claim, _move_claim, claim_pci_devices = (
        following.HOOKS[name](getattr(resource_tracker.ResourceTracker, name))
        for name in ('instance_claim', '_move_claim', 'claim_pci_devices'))

    def _nothing(self, *args, **kwargs):
        """Write nothing."""

    _update = _update_usage_from_instance = _nothing
    _update_usage_from_migration = _claim_existing_migration = _nothing
    _claim_resources = _set_instance_host_and_node = _nothing
    _invalidate_pci_in_placement_cached_rps = _nothing


@pytest.fixture
def tracker():
    """The tracker of a host like an HGX."""
    pci_ext.register_opts(CONF)
    with device_rows.Rows().in_place():
        CONF.set_override('device_spec', list(map(json.dumps, SPECS)), 'pci')
        CONF.set_override('alias', [json.dumps(ALIAS)], 'pci')
        CONF.set_override('device_group', [json.dumps(
            hgx_host.groups())], 'pci_ext')
        found = Tracker('host', mock.Mock(), reportclient=mock.Mock())
        found.provider_tree = None
        found.pci_tracker = device_rows.start(
            device_reports.passthrough_devices(hgx_host.host().devices),
            node=NODE)
        found.compute_nodes = {NODE: objects.ComputeNode(
            id=1, hypervisor_hostname=NODE, numa_topology=None)}
        yield found
        CONF.clear_override('alias', 'pci')
        CONF.clear_override('device_group', 'pci_ext')


def flavor(asked):
    """Return a flavor with an alias and sets."""
    return objects.Flavor(extra_specs=set_scenes.extra_specs(asked))


def server(asked, ports=0):
    """Return an instance with requests of its flavor and of ports."""
    found = flavor(asked)
    requests = pci_request.get_pci_requests_from_flavor(found)
    requests.instance_uuid = ME
    requests.requests += of_ports(ports).requests
    return objects.Instance(
        uuid=ME, flavor=found, pci_requests=requests, host=None, node=None,
        numa_topology=None, resources=None, system_metadata={},
        pci_devices=objects.PciDeviceList(objects=[]))


def of_ports(count):
    """Return the requests of some ports."""
    return objects.InstancePCIRequests(instance_uuid=ME, requests=[
        objects.InstancePCIRequest(
            count=1, request_id=f'{ME[:-1]}{number}', spec=[
                {'physical_network': 'fabric', 'remote_managed': 'False'}])
        for number in range(count)])


def claimed(tracker):
    """Return the addresses that the server has claimed, sorted."""
    return sorted(device.address
                  for device in tracker.pci_tracker.claims.get(ME, ()))


def seen(gpus):
    """Return how many GPUs there are, on how many switches, and if linked."""
    return (len(gpus), len(set(set_scenes.switches(gpus))),
            set_scenes.is_partition(gpus))


def claim_steps(tracker, instance, *steps):
    """Claim as an attached interface or a live migration does."""
    with mock.patch.object(objects.Instance, 'get_by_uuid',
                           return_value=instance) as read:
        found = [tracker.claim_pci_devices(ADMIN, requests, None)
                 for requests in steps]
    assert [each.kwargs for each in read.call_args_list] == [
        {'expected_attrs': ['flavor', 'pci_requests']}] * len(steps)
    return [[device.address for device in devices] for devices in found]


def resize(tracker, instance, asked):
    """Claim for a server that gets another flavor."""
    with mock.patch.object(objects.Instance, 'save'):
        tracker._move_claim(
            ADMIN, instance, flavor(asked), NODE,
            objects.Migration(id=1, migration_type='resize'), {})


@pytest.mark.parametrize(('asked', 'count', 'linked'), [
    (set_scenes.SPREAD, 4, False), (set_scenes.QUAD, 2, True)])
def test_a_new_server(tracker, asked, count, linked):
    tracker.instance_claim(ADMIN, server(asked), NODE, {})
    assert seen(claimed(tracker)) == (4, count, linked)


@pytest.mark.parametrize(('old', 'new', 'count', 'linked'), [
    (set_scenes.QUAD, set_scenes.SPREAD, 4, False),
    (set_scenes.SPREAD, set_scenes.QUAD, 2, True)])
def test_a_resized_server_has_the_sets_of_its_new_flavor(
        tracker, old, new, count, linked):
    resize(tracker, server(old), new)
    assert seen(claimed(tracker)) == (4, count, linked)


def test_a_set_that_cannot_be_made_is_refused(tracker):
    with pytest.raises(exception.ComputeResourcesUnavailable,
                       match='Claim pci failed'):
        tracker.instance_claim(
            ADMIN, server({'alias': 'gpu:5', 'group': 'nvlink:gpu'}), NODE,
            {})
    assert claimed(tracker) == []


MESSAGE = (
    'Insufficient compute resources: pci_passthrough:same: the flavor asks '
    'for no alias "nic"; expected one of gpu, ports, or add the alias to '
    'pci_passthrough:alias.')


@pytest.mark.parametrize('claim', [
    lambda tracker: tracker.instance_claim(
        ADMIN, server(UNREADABLE), NODE, {}),
    lambda tracker: resize(tracker, server(set_scenes.QUAD), UNREADABLE),
    lambda tracker: claim_steps(
        tracker, server(UNREADABLE, ports=1), of_ports(1)),
], ids=['new', 'resized', 'live migrated'])
def test_sets_that_cannot_be_read_refuse_the_claim(tracker, claim):
    with pytest.raises(exception.ComputeResourcesUnavailable) as refused:
        claim(tracker)
    assert str(refused.value) == MESSAGE
    assert claimed(tracker) == []


def test_a_live_migration_claims_in_two_steps(tracker):
    instance = server({
        **set_scenes.SPREAD, 'same': 'pf:ports;numa_node:gpu,ports'}, ports=4)
    requests = instance.pci_requests.requests
    gpus, ports = claim_steps(tracker, instance, *(
        objects.InstancePCIRequests(instance_uuid=ME, requests=found)
        for found in (requests[:1], requests[1:])))
    # The GPUs are on both NUMA nodes: a set of both steps is not made.
    assert len(set(set_scenes.switches(gpus))) == 4
    assert len(ports) == 4
    assert len(set(set_scenes.pfs(ports))) == 1


@pytest.mark.parametrize('sets', [
    {'pair': 'numa_node:ports@fabric,ports@other'},
    {'group': 'nvlink:ports'}, {'distinct': 'rail:ports'}])
def test_an_interface_that_is_attached_is_in_no_set(tracker, sets):
    """None of these sets can be made of one port here."""
    ((attached,),) = claim_steps(tracker, server(sets), of_ports(1))
    assert set_scenes.vfs([attached]) == [attached]


def test_nothing_is_read_of_a_server_that_claims_nothing(tracker):
    assert claimed_sets.of_requests(
        ADMIN, objects.InstancePCIRequests(requests=[])) == ()
