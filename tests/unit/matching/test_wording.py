# SPDX-License-Identifier: Apache-2.0

import pathlib

import pytest

from nova_pci_ext.matching import wording
from nova_pci_ext.model.change import AtLeast
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.change import OtherNetwork
from nova_pci_ext.model.change import OtherType
from nova_pci_ext.model.change import WithoutSet
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Need
from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejected
from nova_pci_ext.model.verdict import Rejection
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verdict import Take
from tests import pci_hosts

PAGE = (pathlib.Path(__file__).parents[3]
        / 'doc/source/reference/reasons.rst')

NONE_FREE = Proof(requests=(('a1', 1),), needed=1, available=0, devices=())
NEED = Need(
    name='a1', count=1, fitting=0, counts=((Reason.IDENTITY, 3),),
    examples=(Rejected(group='0000:41:00.0', devices=3, rejection=Rejection(
        reason=Reason.IDENTITY, wanted='8086:1520', found='10de:20b0')),))
SHORTAGE = Shortage(reason=Reason.IDENTITY, needs=(NEED,),
                    proofs=(NONE_FREE,))


def test_a_shortage_in_lines():
    assert wording.shortage_lines(SHORTAGE) == [
        'not possible on this host: other vendor or product',
        'request a1 (1) needs 1 device, and no free device can serve it',
        'a1: 0 free devices fit; 3 refused: other vendor or product',
        'a1: 3 of 0000:41:00.0: other vendor or product '
        '(asked 8086:1520, found 10de:20b0)']


def test_a_shortage_as_plain_data():
    assert wording.shortage_data(SHORTAGE) == {
        'reason': 'identity', 'kind': 'not possible on this host',
        'requests': [{
            'name': 'a1', 'count': 1, 'fitting': 0,
            'refused': {'identity': 3},
            'examples': [{
                'group': '0000:41:00.0', 'devices': 3, 'reason': 'identity',
                'wanted': '8086:1520', 'found': '10de:20b0'}]}],
        'proofs': [{
            'requests': [['a1', 1]], 'needed': 1, 'available': 0,
            'devices': [], 'pf_given': [], 'vf_kept': [],
            'chosen': [], 'alike': [], 'lacking': None, 'counted': 'devices'}]}


@pytest.mark.parametrize('reason', Reason)
def test_every_reason_has_words_and_a_place_in_the_reference(reason):
    assert wording.reason_text(reason)
    assert f'\n``{reason.value}``\n' in PAGE.read_text()


def test_the_reference_names_no_reason_that_does_not_exist():
    named = [line.strip('`') for line in PAGE.read_text().splitlines()
             if line.startswith('``') and line.endswith('``')]
    assert named == [reason.value for reason in Reason]


def test_not_now_is_what_freed_devices_can_cure():
    assert [reason.value for reason in Reason if reason.not_now] == [
        'placement', 'too_few', 'bandwidth', 'joint', 'pf_and_vf', 'set',
        'search_limit']


PORT = pci_hosts.asked(physical_network='physnet2', remote_managed='false')
TUNNEL = pci_hosts.asked(physical_network=None, trusted='true')
PF = pci_hosts.asked('10c9', DeviceType.PF)


@pytest.mark.parametrize(('changes', 'text'), [
    pytest.param((), 'nothing', id='no change'),
    pytest.param(
        (LooserPolicy(name='a1', policy=NumaPolicy.REQUIRED),
         FewerDevices(name='a2', count=1, left=0)),
        'policy preferred instead of required for a1 and a server without a2',
        id='a policy and a request that goes'),
    pytest.param(
        (FewerDevices(name='a1', count=2, left=1),),
        'a1 asking for 1 instead of 3', id='fewer devices'),
    pytest.param(
        (MoreDevices(name='port-1', count=1, alternative=PORT,
                     origin=Origin.PORT, numa_node=1),),
        '1 more free VF on physnet2 on NUMA node 1 for port-1',
        id='a VF for a port'),
    pytest.param(
        (MoreDevices(name='port-1', count=2, alternative=TUNNEL,
                     origin=Origin.PORT),),
        '2 more free VFs without a physical network with trusted=true for '
        'port-1', id='trusted VFs for a tunnelled network'),
    pytest.param(
        (MoreDevices(name='a1', count=1, alternative=PF,
                     origin=Origin.FLAVOR),),
        '1 more free PF 8086:10c9 for a1', id='a PF for an alias'),
])
def test_changes_in_words(changes, text):
    assert wording.changes_text(changes) == text


@pytest.mark.parametrize(('changes', 'text'), [
    ((MoreDevices(name='a1', count=3, alternative=PF, numa_node=1,
                  origin=Origin.FLAVOR),), 'PF 8086:10c9'),
    ((MoreDevices(name='a1', count=3, alternative=PF, origin=Origin.FLAVOR),
      MoreDevices(name='a2', count=1, alternative=PF, origin=Origin.FLAVOR)),
     'PF 8086:10c9'),
    ((FewerDevices(name='a1', count=2, left=1),), 'devices for a1'),
    ((WithoutSet(name='same=numa_node:a1'),),
     'devices that make pci_passthrough:same=numa_node:a1'),
    ((AtLeast(count=9),), 'at least 9 changes'),
], ids=['devices', 'for two requests', 'fewer', 'a set', 'too many to tell'])
def test_what_is_short(changes, text):
    assert wording.lacking_text(changes) == text


def test_changes_as_plain_data():
    assert wording.changes_data(
        (FewerDevices(name='a1', count=2, left=1),)) == [{
            'request': 'a1', 'size': 2,
            'change': 'a1 asking for 1 instead of 3'}]


def test_an_assignment_in_words():
    takes = [Take(request_id=None, name=name, count=2, position=0,
                  pool=pci_hosts.vfs(group, 3))
             for name, group in (('a1', '0000:41:00.0'), ('a2', None))]
    assert wording.assignment_text(Assignment(takes=tuple(takes))) == (
        'a1: 2 of 0000:41:00.0; a2: 2 of unknown address')


def test_an_assignment_as_plain_data():
    take = Take(request_id='r', name='a1', count=2, position=0,
                pool=pci_hosts.vfs('0000:41:00.0', 3, provider='rp-1'))
    assert wording.assignment_data(Assignment(takes=(take,))) == [{
        'request': 'a1', 'count': 2, 'group': '0000:41:00.0',
        'provider': 'rp-1'}]


def test_groups_of_reasons_come_in_their_order():
    found = [wording.group_text(reason) for reason in Reason]
    assert sorted(found, key=wording.GROUPS.index) == found
    assert wording.group_text(Reason.TOO_FEW) == 'not now'
    assert wording.group_text(Reason.JOINT) == 'joint shortage'


def test_changes_that_are_too_many_to_try():
    found = (AtLeast(count=7),)
    assert wording.changes_text(found) == 'at least 7 changes'
    assert wording.changes_data(found) == [{
        'request': '', 'size': 7, 'change': 'at least 7 changes'}]


def test_what_was_probably_meant_is_said():
    assert wording.changes_text((
        OtherType(name='h', dev_type=DeviceType.PF),
        OtherNetwork(name='port-1', network='physnt1', meant='physnet1'),
    )) == ('"device_type": "type-PF" in alias h and port-1 on physical '
           'network physnet1 instead of physnt1')
