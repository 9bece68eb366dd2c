# SPDX-License-Identifier: Apache-2.0

"""Which PF has which budget, and what entries that differ are told."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import bandwidths
from nova_pci_ext.handing_out import coverage
from tests import bond_host

ONE, TWO = bond_host.PFS


@pytest.mark.parametrize(('entries', 'mbps', 'conflicts'), [
    ([(ONE, '10'), (ONE, None), (ONE, '10')], {ONE: 10}, {}),
    ([(ONE, '10'), (TWO, 25)], {ONE: 10, TWO: 25}, {}),
    ([(ONE, '25'), (ONE, '10'), (TWO, '5')], {TWO: 5}, {ONE: (10, 25)}),
    ([(ONE, None)], {}, {})],
    ids=['the PF and its VFs', 'two PFs', 'they differ', 'none'])
def test_a_budget_is_of_the_pf(entries, mbps, conflicts):
    assert bandwidths.find(entries) == (mbps, conflicts)


def faults(*texts):
    specs = [spec for text in texts
             for spec in parsing.parse_device_spec(text)]
    return [str(fault) for fault in bandwidths.check(
        coverage.cover(specs, bond_host.host()))]


def test_entries_that_differ_about_a_pf_are_told():
    pf = '{"address": "%s", "product_id": "159b", "bandwidth_mbps": "10"}'
    vf = '{"product_id": "1889", "bandwidth_mbps": %s}'
    assert faults(pf % ONE, vf % 10) == []
    assert faults(pf % ONE, vf % '"25"') == [
        f'host: entries of [pci] device_spec give the PF {ONE} 10 and 25 as '
        'bandwidth_mbps, so it has no bandwidth budget; expected one value '
        'for all devices of a PF']
