# SPDX-License-Identifier: Apache-2.0

"""Where a device is, in Nova's row of it."""

import types

import pytest

from nova_pci_ext.novaobj import placed

PLACE = {'pcie_root': '0000:40:00.0', 'device_group_nvlink': 'p1:2'}
OTHER = {'parent_ifname': 'ens1'}


@pytest.mark.parametrize(('before', 'changed'), [
    (OTHER, True), ({**OTHER, 'card': 'a1'}, True),
    ({**OTHER, **PLACE, 'pcie_switch': '0000:41:00.0'}, True),
    ({**OTHER, **PLACE}, False)])
def test_a_row_has_the_tags_of_its_place_and_no_others(before, changed):
    row = types.SimpleNamespace(extra_info=dict(before))
    assert placed.put(row, PLACE) is changed
    assert row.extra_info == {**OTHER, **PLACE}
    assert placed.tags(row.extra_info) == PLACE


def test_a_row_of_a_device_that_is_nowhere():
    row = types.SimpleNamespace(extra_info={**OTHER, **PLACE})
    assert placed.put(row, {})
    assert row.extra_info == OTHER
