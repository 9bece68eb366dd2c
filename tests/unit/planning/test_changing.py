# SPDX-License-Identifier: Apache-2.0

"""What is free where one server came before another left."""

import pytest

from nova_pci_ext.planning import changing

GROUP = '0000:81:00.0'


def pool(dev_type, count, group=GROUP, left=None, **tags):
    budget = {} if left is None else {'bandwidth_left_mbps': left}
    return {'dev_type': f'type-{dev_type}', 'address': group, 'count': count,
            'vendor_id': '8086', **budget, **tags}


OTHER = '0000:82:00.0'


@pytest.mark.parametrize(('was', 'came', 'gone', 'expected'), [
    pytest.param([pool('VF', 3)], [pool('VF', 1)], [pool('VF', 4)],
                 [pool('VF', 2)], id='one comes back to those that are left'),
    pytest.param([], [], [pool('VF', 4)], [pool('VF', 4)],
                 id='nothing was free'),
    pytest.param([pool('VF', 1)], [], [pool('VF', 4)], [pool('VF', 3)],
                 id='nothing was left'),
    pytest.param([pool('VF', 2)], [pool('VF', 2)],
                 [pool('PF', 1), pool('VF', 4)],
                 [pool('VF', 4), pool('PF', 1)], id='a PF comes back'),
    pytest.param([pool('VF', 2)], [pool('VF', 1)],
                 [pool('PF', 1), pool('VF', 4)], [pool('VF', 3)],
                 id='not a PF of which the one that came has a VF'),
    pytest.param([pool('VF', 2)], [], [pool('PF', 1), pool('VF', 4)],
                 [pool('VF', 2)], id='nor where it has all that were free'),
    pytest.param([pool('VF', 2), pool('PF', 1, OTHER), pool('VF', 4, OTHER)],
                 [pool('VF', 2)],
                 [pool('PF', 1), pool('VF', 4), pool('PF', 1, OTHER),
                  pool('VF', 4, OTHER)],
                 [pool('VF', 4), pool('PF', 1)],
                 id='a PF that the one that came has stays away'),
    pytest.param([pool('VF', 2, left='500/1000')],
                 [pool('VF', 1, left='200/1000')],
                 [pool('VF', 4, left='900/1000')],
                 [pool('VF', 3, left='600/1000')], id='a budget'),
    pytest.param([], [], [pool('VF', 4, left='1000/1000')],
                 [pool('VF', 4, left='1000/1000')],
                 id='the budget of a PF of which nothing was free'),
    pytest.param([pool('VF', 1, left='500/1000')], [],
                 [pool('VF', 2, left='900/1000')],
                 [pool('VF', 1, left='400/1000')],
                 id='at worst the one that came has all that was left'),
    pytest.param([pool('VF', 1, net='a'), pool('VF', 1, net='b')],
                 [pool('VF', 1, net='a')],
                 [pool('VF', 2, net='a'), pool('VF', 1, net='b')],
                 [pool('VF', 2, net='a')], id='each tag is another pool')])
def test_what_comes_back_is_added_to_what_is_left(was, came, gone, expected):
    before = [dict(each) for each in (*was, *came, *gone)]
    assert changing.free_after(was, came, gone) == expected
    assert [*was, *came, *gone] == before
