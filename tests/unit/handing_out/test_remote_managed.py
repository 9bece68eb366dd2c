# SPDX-License-Identifier: Apache-2.0

"""Entries with ``remote_managed`` on a host."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import remote_managed
from nova_pci_ext.handing_out.host_lookup import InventoryLookup
from tests.handed_out import device
from tests.handed_out import PF
from tests.handed_out import VF

CARD = device('0000:03:00.0', 'a2d6', PF, netdevs=('ens1f0np0',))
CARD_VF = device('0000:03:00.3', '101e', VF, '0000:03:00.0')
EMPTY = device('0000:04:00.0', 'a2d6', PF, vf_product_id='101e')
HOST = InventoryLookup((CARD, CARD_VF, EMPTY))


def check(entry):
    faults = parsing.Faults()
    specs = parsing.parse_device_specs(parsing.option_values(
        'device_spec', [f'{{{entry}, "remote_managed": "true"}}']), faults)
    found = remote_managed.check(specs, HOST, faults)
    return [spec.is_refused for spec in found], [
        str(fault) for fault in faults.errors]


@pytest.mark.parametrize(('entry', 'address'), [
    pytest.param('"address": "0000:03:00.0"', '0000:03:00.0', id='a PF'),
    pytest.param('"address": "0000:04:00.0"', '0000:04:00.0',
                 id='a PF that has no VFs yet'),
    pytest.param('"devname": "ens1f0np0"', '0000:03:00.0', id='its name'),
    pytest.param('"address": "0000:03:00.0", "product_id": "a2d6"',
                 '0000:03:00.0', id='with its own product'),
    pytest.param('"address": "0000:03:00.0", "product_id": "101e", '
                 '"vendor_id": "15b3"', '0000:03:00.0',
                 id='with another vendor'),
    pytest.param('"address": {"domain": "0000", "bus": "03", "slot": "00", '
                 '"function": "0"}', '0000:03:00.0', id='as expressions'),
])
def test_a_pf_is_refused(entry, address):
    assert check(entry) == ([True], [
        '[pci] device_spec[0].remote_managed: the entry does not take the '
        f'VFs of PF {address} only; expected "product_id": "101e", and '
        'vendor_id "8086" or none'])


def test_an_interface_that_is_not_there_is_refused():
    assert check('"devname": "ens9"') == ([True], [
        "[pci] device_spec[0].devname: 'ens9' is not a network interface of "
        'a PCI device on this host; remote_managed needs one that is there'])


@pytest.mark.parametrize('entry', [
    pytest.param('"product_id": "101e"', id='the product of the VFs'),
    pytest.param('"address": "0000:03:00.0", "product_id": "101e"',
                 id='the PF, and the product of the VFs'),
    pytest.param('"address": "0000:03:00.3"', id='a VF'),
    pytest.param('"address": "*:03:00.*"', id='several addresses'),
])
def test_vfs_are_taken(entry):
    assert check(entry) == ([False], [])
