# SPDX-License-Identifier: Apache-2.0

"""Which sets no host can satisfy together."""

import pytest

from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import set_conflicts


def read(texts):
    """Make sets of ``same=pf:a,b``."""
    for text in texts.split():
        rule, _, rest = text.partition('=')
        attribute, _, members = rest.partition(':')
        yield DeviceSet(rule=SetRule(rule), attribute=attribute,
                        members=tuple(members.split(',')))


@pytest.mark.parametrize(('texts', 'counts', 'found'), [
    pytest.param('same=pf:a distinct=pf:a', {'a': 2},
                 'distinct=pf:a same=pf:a', id='the same devices'),
    pytest.param('same=tag:a,b distinct=tag:a,b,c', {'a': 1, 'b': 1, 'c': 1},
                 'distinct=tag:a,b,c same=tag:a,b', id='two members of three'),
    pytest.param('same=pf:a,b same=numa_node:a same=pf:b,c distinct=pf:a,c',
                 {'a': 1, 'b': 1, 'c': 1},
                 'distinct=pf:a,c same=pf:a,b same=pf:b,c',
                 id='through a third'),
    pytest.param('same=pf:a,b same=pf:c,d same=pf:b,c distinct=pf:a,d',
                 {'a': 1, 'b': 1, 'c': 1, 'd': 1},
                 'distinct=pf:a,d same=pf:a,b same=pf:c,d same=pf:b,c',
                 id='two that a third joins'),
    pytest.param('pair=pcie_switch:a,b distinct=pcie_root:b,a',
                 {'a': 2, 'b': 2},
                 'distinct=pcie_root:b,a pair=pcie_switch:a,b',
                 id='a pair below one root'),
    pytest.param('same=pf:a distinct=card:a', {'a': 2},
                 'distinct=card:a same=pf:a', id='one PF is of one card'),
    pytest.param('same=pf:a pair=pf:a,b distinct=card:b', {'a': 2, 'b': 2},
                 'distinct=card:b same=pf:a pair=pf:a,b',
                 id='partners of devices that are together'),
    pytest.param('pair=pf:a,b pair=pf:b,c distinct=pf:a,c',
                 {'a': 2, 'b': 2, 'c': 2},
                 'distinct=pf:a,c pair=pf:a,b pair=pf:b,c',
                 id='partners of one partner'),
    pytest.param('same=pf:ports distinct=pf:ports@p1', {},
                 'distinct=pf:ports@p1 same=pf:ports', id='ports'),
    pytest.param('same=pcie_root:a distinct=pcie_switch:a distinct=pf:a '
                 'distinct=numa_node:b', {'a': 2, 'b': 2}, '',
                 id='below one root there are several'),
    pytest.param('same=card:a distinct=pcie_root:a', {'a': 2}, '',
                 id='a card may be in several slots'),
    pytest.param('same=pf:a distinct=pf:a,b', {'a': 1, 'b': 2}, '',
                 id='one device is together with itself'),
    pytest.param('pair=pf:a,b distinct=pf:a distinct=card:b',
                 {'a': 2, 'b': 2}, '', id='pairs apart from each other'),
    pytest.param('same=pf:a,ports same=pf:b,ports distinct=pf:a,b',
                 {'a': 1, 'b': 1}, '', id='through ports that may be none'),
    pytest.param('same=pf:ports@p1 distinct=pf:ports@p2', {}, '',
                 id='ports of other networks'),
    pytest.param('group=pf:a distinct=pf:a', {'a': 2}, '',
                 id='the type of groups is another word'),
])
def test_contradictions(texts, counts, found):
    told = [one for distinct, against
            in set_conflicts.find(tuple(read(texts)), counts)
            for one in (distinct, *against)]
    assert told == list(read(found))


def test_each_set_is_told_once():
    texts = 'same=pf:a same=card:a distinct=card:a distinct=pf:a'
    assert [distinct.attribute for distinct, _
            in set_conflicts.find(tuple(read(texts)), {'a': 2})] == [
                'card', 'pf']
