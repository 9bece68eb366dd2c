# SPDX-License-Identifier: Apache-2.0

"""What an instance holds of this host, as its claim is told it."""

import types

import pytest

from nova_pci_ext.compute import following
from nova_pci_ext.model.provider import Provider

pytestmark = pytest.mark.nova

MANAGED = 'COMPUTE_MANAGED_PCI_DEVICE'


class Tree:
    """Providers of this host: a device, and the compute node."""

    KNOWN = {'device': {MANAGED, 'T'}, 'node': {'T'}}

    def data(self, uuid):
        if uuid not in self.KNOWN:
            raise ValueError(uuid)
        return types.SimpleNamespace(traits=self.KNOWN[uuid])


def allocation(*uuids):
    return {uuid: {'resources': {'CUSTOM_A': 2}} for uuid in uuids}


@pytest.mark.parametrize(('tree', 'allocations', 'held'), [
    (None, allocation('device'), None),
    (Tree(), None, None),
    (Tree(), {}, None),
    (Tree(), allocation('node', 'elsewhere'), {}),
    (Tree(), allocation('device', 'node', 'elsewhere'), {
        'device': Provider(uuid='device', free={'CUSTOM_A': 2},
                           traits=frozenset({MANAGED, 'T'}))}),
], ids=['no tree', 'unknown', 'empty', 'nothing here', 'a device here'])
def test_held(tree, allocations, held):
    tracker = types.SimpleNamespace(provider_tree=tree)
    assert following.held(tracker, allocations) == held
