# SPDX-License-Identifier: Apache-2.0

"""Whether a provider of Placement has what a device is asked by."""

import pytest

from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term

HAS = Provider(uuid='rp', free={'CUSTOM_A': 1, 'CUSTOM_B': 0},
               traits=frozenset({'T1', 'T2'}))


@pytest.mark.parametrize(('term', 'fits'), [
    (Term('CUSTOM_A'), True),
    (Term('CUSTOM_A', ('T1', 'T2')), True),
    (Term('CUSTOM_A', ('T1', 'T3')), False),
    (Term('CUSTOM_B'), False),
    (Term('CUSTOM_C'), False),
], ids=['a unit', 'all traits', 'a trait is missing', 'none is left',
        'another class'])
def test_fits(term, fits):
    assert term.fits(HAS) is fits
