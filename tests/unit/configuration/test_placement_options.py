# SPDX-License-Identifier: Apache-2.0

"""Which options of other services matter, by whoever makes the candidates."""

import pytest

from nova_pci_ext.configuration import placement_options
from nova_pci_ext.configuration.loader import Switches


def told(**switches):
    return list(map(str, placement_options.matters(Switches(**switches))))


def test_where_we_make_the_candidates():
    assert told(pci_in_placement=True, candidates='ours') == [
        'nova.conf: [scheduler] max_placement_results: so many hosts are '
        'looked at; more than the hosts that have devices of one class',
        'placement.conf: [placement] max_allocation_candidates: -1, or more '
        'than the devices of one class in the cloud',
        'placement.conf: [placement] '
        'allocation_candidates_generation_strategy: breadth-first, unless '
        'max_allocation_candidates is -1']


def test_where_placement_makes_them():
    assert told(pci_in_placement=True, candidates='nova') == [
        'nova.conf: [scheduler] max_placement_results: so many combinations '
        'of devices are looked at, and what they leave out are hosts that '
        'would fit',
        'placement.conf: [placement] max_allocation_candidates: not -1 where '
        'a host has several providers of a class: the time grows with the '
        'orders of the devices; 1000 is usual',
        'placement.conf: [placement] '
        'allocation_candidates_generation_strategy: breadth-first, or the '
        'combinations of a few hosts are all that is looked at',
        'placement.conf: [workarounds] optimize_for_wide_provider_trees: '
        'true where a host has several providers of a class']


@pytest.mark.parametrize('switches', [
    pytest.param({'candidates': 'ours'}, id='Placement is not asked'),
    pytest.param({'pci_in_placement': True, 'candidates': 'neither'},
                 id='a value that is refused'),
])
def test_nothing_matters(switches):
    assert told(**switches) == []
