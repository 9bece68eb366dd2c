# SPDX-License-Identifier: Apache-2.0

import pytest
from nova import objects

from nova_pci_ext.novaobj import charges

pytestmark = pytest.mark.nova

ME, OTHER = (f'00000000-0000-0000-0000-00000000000{number}'
             for number in (1, 2))


def row(owner=ME, **extra):
    found = objects.PciDevice(extra_info=extra, instance_uuid=owner)
    found.obj_reset_changes()
    return found


def test_a_charge_is_written_and_taken_away():
    dev = row(a='b')
    charges.put(dev, 2500, ME)
    assert dev.extra_info == {'a': 'b', charges.NOTE: f'2500 {ME}'}
    assert charges.read(dev) == 2500
    dev.obj_reset_changes()
    charges.put(dev, 2500, ME)
    assert dev.obj_what_changed() == set()
    charges.put(dev, 0, None)
    assert (dev.extra_info, charges.read(dev)) == ({'a': 'b'}, 0)


@pytest.mark.parametrize(('owner', 'text'), [
    (ME, f'2500 {OTHER}'), (None, f'2500 {ME}'), (ME, '2500'), (ME, ''),
    (ME, f'-5 {ME}'), (ME, f'2.5 {ME}'), (ME, f'{10 ** 12} {ME}'),
    (ME, f'\u0662 {ME}')],
    ids=['of an owner before', 'of nobody', 'without owner', 'empty',
         'negative', 'a fraction', 'huge', 'other digits'])
def test_other_notes_are_none(owner, text):
    dev = row(owner, **{charges.NOTE: text})
    assert charges.read(dev) == (2 if '\u0662' in text else 0)
