# SPDX-License-Identifier: Apache-2.0

"""Which pools decide, and which cards a server touches."""

import pytest

from nova_pci_ext.matching import cards
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import touched
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import GROUP_TAG
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

ONE, TWO, THREE = (f'0000:{bus}:00.0' for bus in (81, 82, 83))
POOLS = (pf(ONE), vfs(ONE, 4), pf(TWO), vfs(TWO, 4, product='0002'),
         pool(product='0003', dev_type=DeviceType.PCI, group=THREE))
PLACED = tuple(found._replace(place=((f'{GROUP_TAG}a', 'x:2'),))
               for found in POOLS)
# A group of two devices, of which one is of the kind that is asked.
PAIR = (PLACED[4], PLACED[0])


def want(count, *alternatives):
    return demands.merge([demands.Ask(requests=(
        request(None, count, *alternatives),))])


@pytest.mark.parametrize(('alternatives', 'pools', 'expected'), [
    pytest.param([asked('0003')], POOLS, POOLS[4:], id='one device'),
    pytest.param([asked('0001')], POOLS, POOLS[:2], id='VFs with their PF'),
    pytest.param([asked('00ff', DeviceType.PF)], POOLS, POOLS[:4],
                 id='PFs with their VFs'),
    pytest.param([asked('0004')], POOLS, (), id='none'),
    pytest.param([asked('0003')], PLACED, PLACED,
                 id='any where groups are declared'),
])
def test_the_pools_that_decide(alternatives, pools, expected):
    assert touched.part(want(1, *alternatives), pools) == expected


@pytest.mark.parametrize(('count', 'asks', 'pools', 'expected'), [
    pytest.param(1, asked('0003'), POOLS, touched.Touched(
        cards.group_cards(POOLS[4:]), ()), id='the last device is gone'),
    pytest.param(3, asked('0001'), POOLS, touched.Touched(
        cards.group_cards(POOLS[:2]), cards.group_cards([vfs(ONE, 1)])),
        id='the PF of taken VFs goes with them'),
    pytest.param(1, asked('0003'), PAIR, touched.Touched(
        cards.group_cards(PAIR[:1]), (), cards.CARD),
        id='a declared group breaks'),
    pytest.param(5, asked('0001'), POOLS, None, id='too few'),
    pytest.param(0, asked('0001'), POOLS, None, id='a bad request'),
])
def test_the_cards_that_are_touched(count, asks, pools, expected):
    wanted = want(count, asks)
    assert touched.touch(wanted, touched.part(wanted, pools),
                         1000) == expected


def test_nothing_asked_touches_nothing():
    assert touched.touch(demands.merge([]), POOLS, 1000) == touched.NOTHING


def test_a_search_that_is_given_up_serves_nobody():
    wanted = want(2, asked('00ff', DeviceType.PF), asked('0001'))
    assert touched.touch(wanted, POOLS, 0) is None
