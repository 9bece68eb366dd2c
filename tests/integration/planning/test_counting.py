# SPDX-License-Identifier: Apache-2.0

"""A whole count of recorded hosts."""

import pytest

from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.planning import counting
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def flavor(name, running=None, **specs):
    return ListedFlavor(name=name, vcpus=1, ram_mb=64, running=running,
                        extra_specs=specs)


def test_flavors_are_counted_left_out_or_refused():
    found = counting.count_recorded(
        [flavor('one', 1, **{'pci_passthrough:alias': 'vf:1'}),
         flavor('plain', 40),
         flavor('odd', **{'pci_passthrough:alias': 'no-such:1'}),
         flavor('idle', **{'pci_passthrough:alias': 'pf:1'})],
        [recorded.host('nic')], recorded.load())
    assert [(row.name, row.servers, row.running, row.together, row.ends,
             row.refusal) for row in found.rows] == [
        ('one', 6, 1, 6, True, ''),
        ('odd', 0, None, None, False,
         'PCI alias no-such is not defined'),
        ('idle', 2, None, None, False, '')]
    assert (found.left_out, found.has_room, found.fits) == (1, False, False)
