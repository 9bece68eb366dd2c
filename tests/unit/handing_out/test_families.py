# SPDX-License-Identifier: Apache-2.0

"""PFs that are handed out beside their own VFs."""

import pytest

from nova_pci_ext.handing_out import families
from tests import handed_out
from tests.handed_out import device
from tests.handed_out import PF
from tests.handed_out import VF

OUT = 'whoever gets one of them shuts out all who want the other'


def card(product):
    return [device('0000:41:00.0', '0001', PF),
            *(device(f'0000:41:00.{number}', product, VF, '0000:41:00.0')
              for number in (2, 3))]


@pytest.mark.parametrize(('product', 'entries', 'said'), [
    pytest.param('0002', ['{"product_id": "0002"}'], [], id='only VFs'),
    pytest.param('0002', ['{"product_id": "0001"}'], [], id='only the PF'),
    pytest.param('0002', ['{"address": "0000:41:00.0"}'], [
        '[pci] device_spec[0]: hands out PF 0000:41:00.0 and 2 of its VFs; '
        f'{OUT}; name the product_id of the kind that is meant'],
        id='one entry for both'),
    pytest.param('0001', ['{"product_id": "0001"}'], [
        '[pci] device_spec[0]: hands out PF 0000:41:00.0 and 2 of its VFs; '
        f'{OUT}; the PF and its VFs have the same product_id, so name the '
        'addresses of the kind that is meant, such as 0000:41:00.2'],
        id='a product_id would not tell them apart'),
    pytest.param('0002', ['{"product_id": "0001"}', '{"product_id": "0002"}'],
                 ['[pci] device_spec[1]: hands out 2 VFs of PF 0000:41:00.0, '
                  f'which [pci] device_spec[0] hands out; {OUT}'],
                 id='an entry for each kind'),
    pytest.param('0002', ['{"address": "0000:41:00.2"}',
                          '{"address": "0000:41:00.0"}'],
                 ['[pci] device_spec[0]: hands out 1 VF of PF 0000:41:00.0, '
                  f'which [pci] device_spec[1] hands out; {OUT}',
                  '[pci] device_spec[1]: hands out PF 0000:41:00.0 and 1 of '
                  f'its VFs; {OUT}; name the product_id of the kind that is '
                  'meant'], id='VFs of two entries'),
])
def test_what_is_said_of_a_pf_and_its_vfs(product, entries, said):
    assert handed_out.lines(families.both_handed_out(
        handed_out.cover(card(product), *entries))) == said
