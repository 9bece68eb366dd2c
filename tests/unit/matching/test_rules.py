# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import rules
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection
from tests.pci_hosts import asked
from tests.pci_hosts import pool

NEAR = GuestCells(nodes=frozenset({0}), socket_nodes=frozenset({0, 1}))


def rejection(*alternatives, policy=NumaPolicy.LEGACY, cells=None, **found):
    """Return the rejection of a VF on node 0, except as ``found`` says."""
    want = rules.Want(alternatives=alternatives, numa_policy=policy,
                      cells=cells)
    return rules.rejection(want, pool(**found).kind)


@pytest.mark.parametrize('alternatives, found, wanted', [
    pytest.param([asked('0002')], {}, Rejection(
        reason=Reason.IDENTITY, wanted='8086:0002', found='8086:0001'),
        id='another product'),
    pytest.param([asked(dev_type=DeviceType.PF)], {}, Rejection(
        reason=Reason.DEV_TYPE, wanted='type-PF', found='type-VF'),
        id='another type'),
    pytest.param([asked(physical_network='p1')], {}, Rejection(
        reason=Reason.PHYSICAL_NETWORK, wanted='p1'),
        id='no physical network'),
    pytest.param([asked(trusted='true')], {'trusted': 'false'}, Rejection(
        reason=Reason.TAG, wanted='trusted=true', found='trusted=false'),
        id='a tag with another value'),
    pytest.param([asked(trusted='true')], {}, Rejection(
        reason=Reason.TAG, wanted='trusted=true'), id='no such tag'),
    pytest.param([asked(live_migratable='true')], {}, Rejection(
        reason=Reason.LIVE_MIGRATABLE, wanted='true'),
        id='does not say that it can be migrated'),
    pytest.param([asked(live_migratable='false')], {}, Rejection(
        reason=Reason.LIVE_MIGRATABLE, wanted='false'),
        id='does not say that it cannot be migrated'),
    pytest.param([asked('0001')], {'dev_type': DeviceType.PF}, Rejection(
        reason=Reason.PF_NOT_ASKED, found='type-PF'),
        id='a PF only if asked for'),
    pytest.param([asked('0001')], {'dev_type': DeviceType.VDPA}, Rejection(
        reason=Reason.VDPA_NOT_ASKED, found='vdpa'),
        id='a vDPA device only if asked for'),
    pytest.param([asked('0001')], {'remote_managed': 'true'}, Rejection(
        reason=Reason.REMOTE_MANAGED_NOT_ASKED,
        found='remote_managed=true'),
        id='a remote-managed device only if asked for'),
    pytest.param([asked('0002'), asked('0001', trusted='true')], {},
                 Rejection(reason=Reason.TAG, wanted='trusted=true'),
                 id='the alternative that came furthest gives the reason'),
    pytest.param([], {}, Rejection(reason=Reason.BAD_REQUEST),
                 id='no alternative at all'),
    pytest.param([asked(physical_network=None, remote_managed='false')],
                 {'remote_managed': 'false'}, Rejection(
                     reason=Reason.NETWORK_FUNCTION, found='type-VF'),
                 id='the VF of a GPU for a port of a tunnelled network'),
    pytest.param([asked('0001')], {}, None, id='fits'),
    pytest.param([asked('0002'), asked('0001')], {}, None,
                 id='one alternative fits'),
    pytest.param([asked(dev_type=DeviceType.PF)],
                 {'dev_type': DeviceType.PF}, None, id='a PF that is asked'),
    pytest.param([asked(remote_managed='true')], {'remote_managed': 'true'},
                 None, id='a remote-managed device that is asked'),
])
def test_rules(alternatives, found, wanted):
    assert rejection(*alternatives, **found) == wanted


@pytest.mark.parametrize('policy, node, distance', [
    (NumaPolicy.REQUIRED, 0, 0), (NumaPolicy.REQUIRED, 1, None),
    (NumaPolicy.REQUIRED, None, None),
    (NumaPolicy.SOCKET, 0, 0), (NumaPolicy.SOCKET, 1, 1),
    (NumaPolicy.SOCKET, 2, None), (NumaPolicy.SOCKET, None, None),
    (NumaPolicy.LEGACY, 0, 0), (NumaPolicy.LEGACY, None, 2),
    (NumaPolicy.LEGACY, 1, None),
    (NumaPolicy.PREFERRED, 0, 0), (NumaPolicy.PREFERRED, 1, 1),
    (NumaPolicy.PREFERRED, None, 2), (NumaPolicy.PREFERRED, 2, 3),
])
def test_numa(policy, node, distance):
    want = rules.Want(alternatives=(asked('0001'),), numa_policy=policy,
                      cells=NEAR)
    kind = pool(numa=node).kind
    assert rules.numa_distance(want, kind) == distance
    refused = rules.rejection(want, kind)
    assert (refused is None) is (distance is not None)
    if refused is not None:
        nodes = '0,1' if policy is NumaPolicy.SOCKET else '0'
        assert refused == Rejection(
            reason=Reason.NUMA_NODE, wanted=f'{policy} {nodes}',
            found=None if node is None else str(node))


@pytest.mark.parametrize('policy', NumaPolicy)
def test_without_cells_any_node_is_near(policy):
    assert rejection(asked('0001'), policy=policy, numa=5) is None
