# SPDX-License-Identifier: Apache-2.0

"""What a refusal names, where it needs no search to be made."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import refusal
from nova_pci_ext.matching import search
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.verdict import Need
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

A, B = '0000:41:00.0', '0000:42:00.0'
VF, PF = asked(dev_type=DeviceType.VF), asked(dev_type=DeviceType.PF)


def test_a_refusal_without_a_look_at_devices_names_all_requests():
    merged = demands.merge([demands.Ask(requests=(
        request('s', 2, VF), request('r', 1, VF)))])
    needs = (Need(name='r', count=1, fitting=0),
             Need(name='s', count=2, fitting=0))
    assert refusal.bad_request(merged) == Shortage(
        reason=Reason.BAD_REQUEST, needs=needs)
    given_up = refusal.given_up(merged, 17)
    assert given_up == Shortage(reason=Reason.SEARCH_LIMIT, needs=needs)
    assert given_up.steps == 17


@pytest.mark.parametrize(('requests', 'pools', 'reason'), [
    pytest.param([request('r', 1, VF)], [vfs(A, 0)], Reason.NO_DEVICES,
                 id='nothing is free'),
    pytest.param([request('r', 1, VF)], [
        pf(A), pool(dev_type=DeviceType.VF, product='0009')],
        None, id='it fits'),
    pytest.param([request('r', 1, asked('0007'))], [vfs(A, 1), pf(B)],
                 Reason.IDENTITY, id='other ids'),
    pytest.param([request('r', 1, asked('0001', DeviceType.PF))],
                 [vfs(A, 1), pf(B)], Reason.DEV_TYPE,
                 id='the nearest miss names it'),
    pytest.param([request('r', 3, VF)], [vfs(A, 2)], Reason.TOO_FEW,
                 id='too few for one request'),
    pytest.param([request('r', 1, VF), request('s', 1, VF)], [vfs(A, 1)],
                 Reason.JOINT, id='too few for two requests'),
    pytest.param([request('r', 1, PF), request('s', 1, VF)],
                 [pf(A), vfs(A, 1)], Reason.PF_AND_VF,
                 id='a PF and its VF'),
    pytest.param([request('r', 1, VF, providers=('rp-2',))],
                 [vfs(A, 1, provider='rp-1')], Reason.PROVIDER,
                 id='another provider'),
])
def test_the_reason_of_a_host(requests, pools, reason):
    found = search(requests, pools)
    assert getattr(found, 'reason', None) == reason


def test_at_most_three_examples_the_nearest_misses_first():
    wrong = [vfs(f'0000:4{number}:00.0', number, product='0009')
             for number in range(1, 5)]
    found = search([request('r', 1, asked('0001', DeviceType.PF))],
                   [*wrong, vfs(B, 5)])
    [need] = found.needs
    assert [(each.group, each.devices, each.rejection.reason)
            for each in need.examples] == [
        (B, 5, Reason.DEV_TYPE), ('0000:41:00.0', 1, Reason.IDENTITY),
        (B, 2, Reason.IDENTITY)]
    assert need.counts == ((Reason.IDENTITY, 10), (Reason.DEV_TYPE, 5))
