# SPDX-License-Identifier: Apache-2.0

"""Objects of a text are what Nova's objects of it are, whatever is asked."""

import copy
import json
import pickle

import pytest
from nova import objects
from nova.objects import base
from nova.objects import pci_device_pool

from nova_pci_ext.novaobj import row_objects
from tests import nova_hosts

pytestmark = pytest.mark.nova

POOL = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2,
        'dev_type': 'type-VF'}


def pools_text():
    return json.dumps(objects.PciDevicePoolList(objects=[
        objects.PciDevicePool.from_dict(POOL),
        objects.PciDevicePool.from_dict(dict(POOL, count=0))]
        ).obj_to_primitive())


NOVAS_POOLS = wrapped = pci_device_pool.from_pci_stats
while hasattr(wrapped, '__wrapped__'):
    NOVAS_POOLS = wrapped = wrapped.__wrapped__


def pools():
    """Return the list of a text, and Nova's."""
    return (row_objects.PoolsOfRow.of(pools_text(), NOVAS_POOLS),
            NOVAS_POOLS(pools_text()))


def read_topology(text):
    return objects.NUMATopology.obj_from_primitive(json.loads(text))


def topologies():
    """Return the topology of a text, and Nova's."""
    text = json.dumps(nova_hosts.topology(0, 1).obj_to_primitive())
    return (row_objects.TopologyOfRow.of(text, read_topology),
            read_topology(text))


QUESTIONS = {
    'length': len,
    'repr': repr,
    'primitive': lambda found: found.obj_to_primitive(),
    'version': lambda found: found.VERSION,
    'changes': lambda found: found.obj_what_changed(),
    'name': lambda found: found.obj_name(),
    'class': lambda found: found.__class__,
    'copy': lambda found: copy.deepcopy(found).obj_to_primitive(),
    'class of the copy': lambda found: type(copy.deepcopy(found)),
    'clone': lambda found: found.obj_clone().obj_to_primitive(),
    'pickle': lambda found: type(pickle.loads(pickle.dumps(found))),
    'context': lambda found: found._context,
    'field': lambda found: [name in found for name in found.fields],
    'serialised': lambda found: base.NovaObjectSerializer(
        ).serialize_entity(None, found),
}


@pytest.mark.parametrize('question', QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize('make', [pools, topologies])
def test_it_answers_as_novas_object_does(make, question):
    ours, novas = make()
    assert isinstance(ours, type(novas))
    assert row_objects.row(ours) is not None
    assert question(ours) == question(novas)


@pytest.mark.parametrize('question', [
    list, lambda found: found[0], lambda found: found[:1],
    lambda found: found + pci_device_pool.PciDevicePoolList(),
    base.obj_to_primitive, lambda found: [each.to_dict() for each in found],
], ids=['iteration', 'item', 'slice', 'sum', 'primitive', 'dicts'])
def test_a_list_answers_as_novas_does(question):
    ours, novas = pools()
    assert repr(question(ours)) == repr(question(novas))


def test_a_topology_equals_novas():
    ours, novas = topologies()
    assert ours == novas
    assert novas == topologies()[0]


def test_a_field_takes_it_and_the_text_stays():
    ours, _ = pools()
    compute = objects.ComputeNode()
    compute.pci_device_pools = ours
    compute.obj_reset_changes()
    assert row_objects.row(compute.pci_device_pools) == (
        pools_text(), NOVAS_POOLS)


def test_what_was_looked_at_is_no_text_any_more():
    ours, _ = pools()
    ours.objects.append(objects.PciDevicePool.from_dict(POOL))
    assert row_objects.row(ours) is None
    assert len(ours) == 3


def test_what_was_set_before_a_look_stays():
    ours, _ = pools()
    ours._context = 'context'
    assert (len(ours), ours._context) == (2, 'context')
    ours, _ = pools()
    ours.objects = []
    assert len(ours) == 0
    assert ours.obj_what_changed() == {'objects'}


def test_a_list_knows_its_object():
    ours, _ = pools()
    assert ours.objects._obj is ours


def test_an_attribute_that_is_nowhere():
    ours, _ = pools()
    with pytest.raises(AttributeError) as caught:
        _ = ours.nowhere
    assert str(caught.value) == (
        "'PciDevicePoolList' object has no attribute 'nowhere'")


def test_another_object_is_no_text():
    assert row_objects.row(objects.PciDevicePoolList()) is None
    assert row_objects.row(None) is None
