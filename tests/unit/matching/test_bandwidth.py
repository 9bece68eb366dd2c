# SPDX-License-Identifier: Apache-2.0

"""Budgets of PFs: what is read, what is chosen, and how a no is proven."""

import dataclasses

import pytest

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import set_binding
from nova_pci_ext.matching import wording
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import Origin
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Reason
from tests.bandwidth_hosts import limited
from tests.bandwidth_hosts import takes
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

ONE, TWO = '0000:81:00.0', '0000:82:00.0'


def server(*mbps, count=1, **more):
    """Return what a server asks: a request for each number of Mbit/s."""
    return demands.Ask(
        requests=tuple(request(f'r{number}', count, asked(**more))
                       for number in range(len(mbps))),
        constraints=tuple(takes(each, number)
                          for number, each in enumerate(mbps) if each))


def search(pools, *servers):
    return decision.search_demands(demands.merge(servers), pools)


def used(found):
    """Return what an assignment takes of each PF."""
    return bandwidth.taken(found.takes)


@pytest.mark.parametrize(('text', 'expected'), [
    ('7500/10000', bandwidth.Budget(7500, 10000)),
    ('0/1', bandwidth.Budget(0, 1)), ('', None), ('7500', None),
    ('-1/5', None), ('1/2/3', None), ('1e3/2e3', None),
    (f'{10 ** 9}/{10 ** 9}', None)])
def test_what_is_published_is_read(text, expected):
    assert bandwidth.read(text) == expected
    assert expected is None or str(expected) == text


@pytest.mark.parametrize(('text', 'mbps', 'expected'), [
    ('5/10', 3, '2/10'), ('5/10', 9, '0/10'), ('odd', 3, 'odd')])
def test_what_is_left_is_never_below_nothing(text, mbps, expected):
    assert bandwidth.less(text, mbps) == expected


def test_vfs_do_not_oversell_their_pf():
    pools = [limited(vfs(ONE, 8), 10)]
    assert used(search(pools, server(5), server(5))) == {ONE: 10}
    refused = search(pools, *[server(5)] * 3)
    assert refused.reason is Reason.BANDWIDTH
    assert wording.shortage_text(refused) == (
        'not enough is left of the bandwidth budgets of PFs: request '
        'r0 (3) needs 3 shares of the bandwidth budgets of PFs for '
        'bandwidth=5 each, and there is room for only 2: 2 of 0000:81:00.0')


def test_what_is_missing_is_counted_over_requests_that_differ():
    refused = search([limited(vfs(ONE, 8), 10), limited(vfs(TWO, 8), 10)],
                     server(7), server(6), server(5), server(3))
    assert refused.reason is Reason.BANDWIDTH
    assert wording.shortage_text(refused) == (
        'not enough is left of the bandwidth budgets of PFs: requests r0 (1), '
        'r0 (1), r0 (1) and r0 (1) need 21 Mbit/s of the bandwidth budgets '
        'of PFs, and only 20 Mbit/s are left: 10 of 0000:81:00.0, 10 of '
        '0000:82:00.0')


def test_a_knapsack_that_no_sum_refuses_is_decided():
    """Six and five beside four and five do, three beside eight do not."""
    pools = [limited(vfs(ONE, 8), 10), limited(vfs(TWO, 8), 10)]
    found = search(pools, server(6, 5, 5, 4))
    assert used(found) == {ONE: 10, TWO: 10}
    assert search(pools, server(8, 8, 3)).reason is Reason.BANDWIDTH


def test_who_takes_nothing_needs_nothing_left():
    pools = [limited(vfs(ONE, 8), 0, 10)]
    assert isinstance(search(pools, server(0)), Assignment)
    assert search(pools, server(1)).reason is Reason.BANDWIDTH


@pytest.mark.parametrize('pools', [
    [vfs(ONE, 8)], [limited(vfs(ONE, 8), 4)],
    [vfs(ONE, 8)._replace(place=(('bandwidth_left_mbps', 'much'),))],
    [limited(pool(8, group=None, dev_type=DeviceType.VF), 10)]],
    ids=['no budget', 'a small one', 'not readable', 'no PF known'])
def test_a_budget_that_can_never_do(pools):
    refused = search(pools, server(11))
    assert refused.reason is Reason.BANDWIDTH_BUDGET
    assert not refused.reason.not_now


def test_devices_are_short_before_budgets_are():
    refused = search([limited(vfs(ONE, 1), 1)], server(5), server(5))
    assert refused.reason is Reason.JOINT


def test_a_pf_has_its_budget_to_itself():
    pools = [limited(pf(ONE), 10), limited(vfs(ONE, 8), 10)]
    whole = server(10, dev_type=DeviceType.PF)
    assert used(search(pools, whole)) == {ONE: 10}
    assert search(pools, whole, server(1)).reason is Reason.PF_AND_VF


def test_what_is_left_follows_an_assignment():
    pools = [limited(vfs(ONE, 8), 10), limited(vfs(TWO, 8), 10),
             limited(pool(2, group=ONE, dev_type=DeviceType.VF,
                          product='0009'), 10)]
    found = search(pools, server(4))
    left = leftover.remaining(pools, found.takes)
    assert bandwidth.left_of(left) == {ONE: 6, TWO: 10}
    assert [each.free for each in left] == [7, 8, 2]


def test_the_fullest_budget_that_has_room_is_taken_from():
    pools = [limited(vfs(ONE, 8), 10), limited(vfs(TWO, 8), 6, 10)]
    assert used(search(pools, server(5))) == {TWO: 5}
    assert used(search(pools, server(7))) == {ONE: 7}


def test_servers_that_ask_the_same_are_one_demand():
    merged = demands.Accepted([server(5)] * 30).together(server(5))
    assert (merged.counts, len(merged.sets)) == ((31,), 1)
    pools = [limited(vfs(f'0000:{number:02x}:00.0', 8), 20)
             for number in range(8)]
    found = decision.search_demands(merged, pools)
    assert sum(used(found).values()) == 31 * 5


def test_where_placement_chose_the_pf_nothing_is_taken():
    port, other = (dataclasses.replace(each, origin=Origin.PORT)
                   for each in (request('port', 1, asked(
                       parent_ifname='eth0')), request('other', 1, asked())))
    assert set_binding.bandwidths([takes(5, 0, 1)], [port, other]) == {1: 5}
