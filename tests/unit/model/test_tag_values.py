# SPDX-License-Identifier: Apache-2.0

"""Values of tags as text."""

import pytest

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.tag_values import text
from nova_pci_ext.model.tag_values import TYPES


@pytest.mark.parametrize(('value', 'expected'), [
    (None, None), ('True', 'true'), (True, 'true'), (5, '5'), ('', ''),
    (['B', 'a'], 'a,b'), (('b', None), ',b'), ({'Z'}, 'z'),
], ids=repr)
def test_text(value, expected):
    assert text(value) == expected


def test_types_are_found_in_lower_case():
    assert TYPES == {
        'type-pci': DeviceType.PCI, 'type-pf': DeviceType.PF,
        'type-vf': DeviceType.VF, 'vdpa': DeviceType.VDPA}
