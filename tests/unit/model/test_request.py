# SPDX-License-Identifier: Apache-2.0

"""How Placement's request groups of a request are called."""

import dataclasses

from nova_pci_ext.model import request as requests
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import request

TWO = request('r1', 2)


def test_a_group_for_each_device_of_an_alias():
    assert TWO.group_prefix == requests.group_prefix('r1') == 'r1-'
    assert TWO.groups == ('r1-0', 'r1-1')
    assert requests.group_name('r1', 1) == 'r1-1'


def test_a_port_has_the_group_of_neutron():
    port = dataclasses.replace(TWO, origin=Origin.PORT)
    assert (port.group_prefix, port.groups) == (None, ())


def test_a_request_without_an_id_has_no_groups():
    old = dataclasses.replace(TWO, request_id=None)
    assert (old.group_prefix, old.groups) == (None, ())


def test_an_alternative_that_asks_for_no_tag_of_a_name():
    asked = Alternative(tags=(('physical_network', None), ('trusted', 'true')))
    assert (asked.tag('trusted'), asked.tag('physical_network'),
            asked.tag('managed')) == ('true', None, None)
