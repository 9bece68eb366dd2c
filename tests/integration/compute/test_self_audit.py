# SPDX-License-Identifier: Apache-2.0

import types

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.compute import self_audit
from nova_pci_ext.metrics import record

pytestmark = pytest.mark.nova

PF, VF = '0000:81:00.0', '0000:81:02.0'
POOL = {'vendor_id': '8086', 'product_id': '154c', 'dev_type': 'type-VF',
        'numa_node': None, 'count': 1}


def device(address=VF, **values):
    """Return a free VF, or what is told."""
    return types.SimpleNamespace(**{
        'address': address, 'parent_addr': PF if address == VF else None,
        'dev_type': 'type-VF' if address == VF else 'type-PF',
        'vendor_id': '8086', 'product_id': '154c', 'numa_node': None,
        'status': 'available', 'instance_uuid': None, 'extra_info': {},
        **values})


def found(devices, pools):
    return {kind: number for kind, number
            in self_audit.count(devices, pools).items() if number}


@pytest.mark.parametrize(('devices', 'pools', 'expected'), [
    ([device()], [POOL], {}),
    ([device(status='removed')], [], {}),
    ([device(extra_info={'pci_ext_drained': 'bad fan'})], [], {}),
    ([device(extra_info={'pci_ext_drained': 'bad fan'})], [POOL],
     {Kind.POOLS_DIFFER: 1}),
    ([device()], [], {Kind.POOLS_DIFFER: 1}),
    ([device(status='unavailable')], [], {Kind.SET_ASIDE_FOR_NOBODY: 1}),
    ([device(status='allocated')], [], {Kind.STATUS_AND_OWNER: 1}),
    ([device(status='claimed', instance_uuid='a'),
      device(PF, status='claimed', instance_uuid='b')], [],
     {Kind.PF_AND_VF_OWNED: 1}),
    ([device(status='claimed', instance_uuid='a'),
      device(PF, status='unavailable')], [], {}),
], ids=['all well', 'removed', 'drained', 'drained and published',
        'pools', 'set aside', 'no owner', 'both owned',
        'PF set aside'])
def test_rows_and_pools_are_compared(devices, pools, expected):
    assert found(devices, pools) == expected


def test_every_kind_has_a_number():
    assert self_audit.count([], []) == dict.fromkeys(
        comparing.LOCAL_RULES, 0)


def value(node, kind):
    return record.REGISTRY.get_sample_value(
        'nova_pci_ext_disagreements', {'node': node, 'kind': kind})


def test_a_gauge_goes_up_and_down():
    self_audit.measure('n1', [device()], [], {'gone': [device()]})
    assert (value('n1', 'pools-differ'), value('n1', 'owner-not-there'),
            value('n1', 'twin-rows')) == (1, 1, 0)
    self_audit.measure('n1', [device()], [POOL], {})
    assert (value('n1', 'pools-differ'),
            value('n1', 'owner-not-there')) == (0, 0)


def test_a_fault_stops_no_update(caplog):
    self_audit.measure('n2', [object()], [], {})
    assert value('n2', 'pools-differ') is None
    assert [each.getMessage() for each in caplog.records] == [
        'The rows and pools of node n2 were not compared']
