# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import set_groups
from tests.pci_hosts import vfs
from tests.set_hosts import placed


def host(*free, **sizes):
    """Return four devices in two pairs of one quad; those that are free."""
    return [placed(vfs(f'0000:{number:02x}:00.0', 1),
                   {'link': {f'pair{number // 2}': 2, 'quad': 4}})
            for number in free]


def test_a_group_is_whole_while_all_members_are_free():
    assert set_groups.whole(host(0, 1, 2, 3)) == {
        ('link', 'pair0:2'), ('link', 'pair1:2'), ('link', 'quad:4')}
    assert set_groups.whole(host(0, 1, 2)) == {('link', 'pair0:2')}
    assert set_groups.whole([vfs('0000:00:00.0', 9)]) == frozenset()


@pytest.mark.parametrize(('before', 'after', 'found'), [
    ((0, 1, 2, 3), (2, 3), 1.0),  # the quad: 4 - 2, of two sizes
    ((0, 1, 2, 3), (1, 2), 2.0),  # the quad and both pairs: 2 and 4 - 2
    ((0, 1), (), 0.0), ((0, 2), (0,), 0.0)])
def test_what_serves_no_group_any_more(before, after, found):
    assert set_groups.broken(host(*before), host(*after)) == found


def test_members_are_counted_for_each_group():
    assert set_groups.sizes({('link', 'pair0:2'), ('link', 'quad:4')}) == 6
