# SPDX-License-Identifier: Apache-2.0

"""Decisions on hosts that are drawn in comments, and their effort."""

import pytest

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import search
from nova_pci_ext.matching import wording
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.verdict import Need
from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejected
from nova_pci_ext.model.verdict import Rejection
from nova_pci_ext.model.verdict import Shortage
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

VF = asked(dev_type=DeviceType.VF)
PF = asked(dev_type=DeviceType.PF)
A, B, C = (f'0000:{bus}:00.0' for bus in ('41', '42', '43'))


def chosen(*args, **more):
    """Return what each request gets, as {name: [(group, number)]}."""
    found = {}
    for take in search(*args, **more).takes:
        found.setdefault(take.name, []).append((take.pool.group, take.count))
    return found


class TestPreferences:
    """Which devices are taken when several ways serve everybody."""

    def test_a_broken_pf_before_a_whole_one(self):
        # A is whole with 4 VFs, B gave VFs before: its PF is not free.
        pools = [pf(A), vfs(A, 4), vfs(B, 2)]
        assert chosen([request('r', 1, VF)], pools) == {'r': [(B, 1)]}

    def test_a_whole_pf_that_has_enough_before_several_that_have_not(self):
        pools = [pf(A), vfs(A, 1), pf(B), vfs(B, 2)]
        assert chosen([request('r', 2, VF)], pools) == {'r': [(B, 2)]}

    def test_near_before_broken(self):
        pools = [pf(A), vfs(A, 4), vfs(B, 2, numa=1)]
        assert chosen(
            [request('r', 1, VF, policy=NumaPolicy.PREFERRED)], pools,
            GuestCells(nodes=frozenset({0}))) == {'r': [(A, 1)]}

    def test_the_device_that_can_do_less(self):
        pools = [vfs(A, 1, trusted='true'), vfs(B, 1, trusted='false')]
        assert chosen([request('r', 1, VF)], pools) == {'r': [(B, 1)]}

    def test_the_alternative_that_stands_first(self):
        pools = [pf(A), vfs(B, 1)]
        assert chosen([request('r', 1, VF, PF)], pools) == {'r': [(B, 1)]}
        assert chosen([request('r', 1, PF, VF)], pools) == {'r': [(A, 1)]}

    def test_the_next_alternative_for_what_the_first_lacks(self):
        pools = [vfs(A, 1, product='0001'), vfs(B, 2, product='0002')]
        assert chosen([request('r', 2, asked('0001'), asked('0002'))],
                      pools) == {'r': [(A, 1), (B, 1)]}

    def test_an_alternative_before_a_near_node(self):
        pools = [vfs(A, 1, product='0001', numa=1),
                 vfs(B, 1, product='0002', numa=0)]
        assert chosen([request('r', 1, asked('0001'), asked('0002'),
                               policy=NumaPolicy.PREFERRED)], pools,
                      GuestCells(nodes=frozenset({0}))) == {'r': [(A, 1)]}

    def test_addresses_are_ordered_as_numbers(self):
        pools = [vfs('10000:01:00.0', 1), vfs('0000:81:00.0', 1)]
        assert chosen([request('r', 1, VF)], pools) == {
            'r': [('0000:81:00.0', 1)]}

    def test_the_pf_with_the_fewest_vfs_is_given(self):
        # Giving A would leave one VF for two.
        pools = [pf(A), vfs(A, 2), pf(B), vfs(B, 1)]
        assert chosen([request('p', 1, PF), request('v', 2, VF)],
                      pools) == {'p': [(B, 1)], 'v': [(A, 2)]}

    def test_equal_requests_share_in_order_of_their_ids(self):
        pools = [vfs(A, 1), vfs(B, 2)]
        assert chosen([request('b', 1, VF), request('a', 2, VF)],
                      pools) == {'a': [(A, 1), (B, 1)], 'b': [(B, 1)]}


class TestShortages:
    """The whole answer of a refusal."""

    def test_a_joint_shortage_proves_itself(self):
        pools = [vfs('0000:41:00.0', 2, product='0002',
                     addresses=['0000:41:10.0', '0000:41:10.2'])]
        found = search([request('a1', 2, asked('0002')),
                        request('port-1', 1, VF)], pools)
        need = {'fitting': 2, 'counts': (), 'examples': ()}
        assert found == Shortage(
            reason=Reason.JOINT,
            needs=(Need(name='a1', count=2, **need),
                   Need(name='port-1', count=1, **need)),
            proofs=(Proof(
                requests=(('a1', 2), ('port-1', 1)), needed=3, available=2,
                devices=(('0000:41:10.0', 1), ('0000:41:10.2', 1))),))
        assert found.reason.not_now
        assert wording.proof_text(found.proofs[0]) == (
            'requests a1 (2) and port-1 (1) need 3 devices, and only 2 free '
            'devices can serve any of them: 0000:41:10.0, 0000:41:10.2')

    def test_never_here_counts_devices_by_rule_and_shows_near_misses(self):
        pools = [pool(3, group=A, product='0009', dev_type=DeviceType.PCI),
                 vfs(B, 2, product='0002', physical_network='p2')]
        found = search([request('r', 1, asked(
            '0002', physical_network='p1'))], pools)
        assert found == Shortage(
            reason=Reason.PHYSICAL_NETWORK,
            needs=(Need(
                name='r', count=1, fitting=0,
                counts=((Reason.IDENTITY, 3), (Reason.PHYSICAL_NETWORK, 2)),
                examples=(
                    Rejected(group=B, devices=2, rejection=Rejection(
                        reason=Reason.PHYSICAL_NETWORK, wanted='p1',
                        found='p2')),
                    Rejected(group=A, devices=3, rejection=Rejection(
                        reason=Reason.IDENTITY, wanted='8086:0002',
                        found='8086:0009')))),),
            proofs=(Proof(requests=(('r', 1),), needed=1, available=0,
                          devices=()),))
        assert not found.reason.not_now

    def test_each_way_to_give_pfs_has_its_proof(self):
        # Either PF costs the VFs that are asked for.
        pools = [pf(A), vfs(A, 2), pf(B), vfs(B, 2)]
        found = search([request('p', 1, PF), request('v', 3, VF)], pools)
        assert found.reason is Reason.PF_AND_VF
        assert found.proofs == (
            Proof(requests=(('v', 3),), needed=3, available=2,
                  devices=((B, 2),), pf_given=(A,)),
            Proof(requests=(('p', 1),), needed=1, available=0, devices=(),
                  vf_kept=(A, B)))

    @pytest.mark.parametrize('ask, reason', [
        pytest.param(request('r', 0, VF), Reason.BAD_REQUEST,
                     id='no device asked'),
        pytest.param(request('r', 1), Reason.BAD_REQUEST,
                     id='no alternative'),
        pytest.param(request('r', 2, VF, providers=['u']),
                     Reason.BAD_REQUEST, id='one provider for two devices'),
        pytest.param(request('r', 1, VF, providers=['v']), Reason.PROVIDER,
                     id='Placement chose another provider'),
        pytest.param(request('r', 3, VF), Reason.TOO_FEW, id='too few'),
    ])
    def test_reasons(self, ask, reason):
        assert search([ask], [vfs(A, 2, provider='u')]).reason is reason

    @pytest.mark.parametrize('pools', [[], [vfs(A, 0)]])
    def test_no_free_device_at_all(self, pools):
        assert search([request('r', 1, VF)], pools).reason is (
            Reason.NO_DEVICES)


class TestProviders:
    """Devices of exactly the providers that Placement allocated."""

    def test_two_pools_of_one_provider_serve_together(self):
        pools = [vfs(A, 1, provider='u', managed='yes'),
                 vfs(A, 1, provider='u', managed='no')]
        assert chosen([request('r', 2, VF, providers=['u', 'u'])],
                      pools) == {'r': [(A, 1), (A, 1)]}

    def test_each_provider_gives_its_number(self):
        pools = [vfs(A, 2, provider='u'), vfs(B, 2, provider='v')]
        assert chosen([request('r', 3, VF, providers=['v', 'u', 'v'])],
                      pools) == {'r': [(A, 1), (B, 2)]}

    def test_a_device_outside_placement_is_not_for_a_placed_request(self):
        assert search([request('r', 1, VF, providers=['u'])],
                      [vfs(A, 2)]).reason is Reason.PROVIDER


def steps(requests, pools):
    """Return the effort and whether the answer is yes."""
    found = search(requests, pools)
    return not isinstance(found, Shortage), found.steps


class TestEffort:
    """A lost shortcut makes these numbers jump."""

    def test_eight_requests_over_eight_providers(self):
        pools = [vfs(f'0000:{bus:02x}:00.0', 8, provider=f'rp-{bus}')
                 for bus in range(8)]
        requests = [
            request(f'r{number}', 8, VF,
                    providers=[f'rp-{bus}' for bus in range(8)])
            for number in range(8)]
        assert steps(requests, pools) == (True, 0)
        pools[3] = pools[3]._replace(free=7)
        assert steps(requests, pools) == (False, 22)

    def test_sixteen_pfs_with_sixty_four_vfs_each(self):
        pools = []
        for bus in range(16):
            group = f'0000:{bus:02x}:00.0'
            pools += [pf(group), vfs(group, 64)]
        requests = [request('p', 8, PF), request('v', 8 * 64, VF)]
        assert steps(requests, pools) == (True, 350)
        assert steps([request('p', 8, PF), request('v', 8 * 64 + 1, VF)],
                     pools) == (False, 115)

    @pytest.mark.parametrize('count, wanted', [
        (39, (True, 2519)), (40, (False, 446)), (60, (False, 368))])
    def test_pfs_whose_vfs_differ_in_two_ways(self, count, wanted):
        # No PF is the right one to give before all the others.
        pools = []
        for bus in range(12):
            group = f'0000:{bus:02x}:00.0'
            pools += [pf(group), vfs(group, 1 + bus, product='0001'),
                      vfs(group, 12 - bus, product='0002')]
        assert steps([request('p', 6, PF),
                      request('x', count, asked('0001')),
                      request('y', count, asked('0002'))],
                     pools) == wanted

    def test_a_search_that_is_too_long_is_refused(self):
        pools = []
        for bus in range(12):
            group = f'0000:{bus:02x}:00.0'
            pools += [pf(group), vfs(group, 1 + bus, product='0001'),
                      vfs(group, 12 - bus, product='0002')]
        requests = [request('p', 6, PF), request('x', 39, asked('0001')),
                    request('y', 39, asked('0002'))]
        found = search(requests, pools, limit=100)
        assert (found.reason, found.reason.not_now, found.proofs) == (
            Reason.SEARCH_LIMIT, True, ())
        assert [(need.name, need.count) for need in found.needs] == [
            ('p', 6), ('x', 39), ('y', 39)]
        merged = demands.merge([demands.Ask(requests=tuple(requests))])
        assert not decision.can_serve(merged, pools, 100)
        assert decision.can_serve(merged, pools)

    @pytest.mark.parametrize('pfs, vfs_left, wanted', [
        pytest.param(1100, 1, False, id='one VF too many'),
        pytest.param(1050, 400, True, id='the VFs of fifty PFs are left')])
    def test_eleven_hundred_pfs(self, pfs, vfs_left, wanted):
        pools = []
        for number in range(1100):
            group = f'{number:04x}:00:00.0'
            pools += [pf(group), vfs(group, 8)]
        merged = demands.merge([demands.Ask(requests=(
            request('p', pfs, PF), request('v', vfs_left, VF)))])
        assert decision.can_serve(merged, pools) is wanted

    def test_a_global_refusal(self):
        # Sixteen requests compete for fifteen devices that all can use.
        pools = [vfs(f'0000:{bus:02x}:00.0', 1,
                     product=f'{bus % 5:04x}') for bus in range(15)]
        requests = [request(f'r{number}', 1, *(
            asked(f'{product:04x}') for product in range(5)
            if product != number % 5)) for number in range(16)]
        assert steps(requests, pools) == (False, 40)
