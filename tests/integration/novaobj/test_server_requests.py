# SPDX-License-Identifier: Apache-2.0

"""A server's requests, alone and with a candidate."""

import pytest

from nova_pci_ext.novaobj.server_requests import ServerRequests
from tests.nova_hosts import asked

pytestmark = pytest.mark.nova

ALIAS = asked({'product_id': '0001'}, count=2, request_id='r1')
PORT = asked({'physical_network': 'p1'}, alias=None, request_id='port')


def read(*requests):
    return ServerRequests(requests, lambda uuid: None)


def test_how_groups_are_called():
    server = read(ALIAS, PORT)
    assert server.prefixes == ('r1-',)
    assert [request.providers for request in server.alone] == [(), ()]


@pytest.mark.parametrize(('groups', 'placed'), [
    ([], False), (['', 'other-0'], False), (['r1-0'], True)],
    ids=['none', 'of others', 'of the alias'])
def test_whether_placement_decided(groups, placed):
    candidates = [{'mappings': {group: ['rp'] for group in groups}}]
    assert read(ALIAS, PORT).is_placed(candidates) is placed


def test_with_a_candidate_each_device_has_its_provider():
    [alias] = read(ALIAS).with_candidate({'r1-0': ['rp1'], 'r1-1': ['rp2']})
    assert alias.providers == ('rp1', 'rp2')
