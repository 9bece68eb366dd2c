# SPDX-License-Identifier: Apache-2.0

import dataclasses

from nova_pci_ext.matching import set_binding
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked
from tests.pci_hosts import request


def port(name, network):
    return dataclasses.replace(
        request(name, 1, asked(physical_network=network)), origin=Origin.PORT)


REQUESTS = (request('gpu', 2, asked('000a')), port('p1', 'physnet0'),
            port('ports', 'physnet1'), request('gpu', 1, asked('000a')))


def bound(*members):
    found, = set_binding.bind([DeviceSet(
        rule=SetRule.SAME, attribute='pf', members=members)], REQUESTS)
    return found


def test_members_are_aliases_and_ports():
    assert bound('gpu', 'ports').members == ((0, 3), (1, 2))
    assert bound('ports@PHYSNET1', 'ports@other').members == ((2,), ())


def test_an_alias_that_is_not_asked_is_missing_and_a_port_is_not():
    assert bound('gpu', 'nic', 'ports@other').missing == ('nic',)


def test_a_bound_set_says_what_was_written():
    assert bound('gpu', 'ports').text == 'same=pf:gpu,ports'


def test_sets_of_nothing_are_no_fault():
    assert set_binding.fault(bound('ports@other'), REQUESTS) is None
