# SPDX-License-Identifier: Apache-2.0

import dataclasses

from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching.demanded import DemandedSet
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from tests.pci_hosts import asked
from tests.pci_hosts import request


def test_a_set_is_about_the_demands_of_all_members():
    assert DemandedSet(SetRule.SAME, 'pf', (0b001, 0b110), 0,
                       'same=pf:a,b').mask == 0b111


def test_demands_elsewhere_are_those_of_requests_there():
    gpus = dataclasses.replace(request('gpu', 3, asked(product='20b0')),
                               providers=('a', 'a', 'c'))
    nic = dataclasses.replace(request('nic', 1, asked(product='1018')),
                              providers=('b',))
    port = request('port', 1, asked(dev_type=DeviceType.VF))
    names = {'a': 'rp-1', 'b': 'rp-5', 'c': 'rp-7'}
    there = [dataclasses.replace(each, providers=tuple(
        names[name] for name in each.providers)) for each in (gpus, nic)]
    found = merged(gpus, nic, port).elsewhere(names)
    wanted = merged(*there, port)
    assert demanded.content(found) == demanded.content(wanted)
    assert (found.at_provider, found.anywhere, found.counts) == (
        wanted.at_provider, wanted.anywhere, wanted.counts)


def merged(*requests):
    """Return the demands of one server."""
    return demands.merge([demands.Ask(requests=requests)])
