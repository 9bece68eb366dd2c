# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress


@pytest.mark.parametrize('text, printed', [
    pytest.param('0000:81:00.1', '0000:81:00.1', id='as the kernel prints'),
    pytest.param('0000:AF:1f.7', '0000:af:1f.7', id='upper case is lowered'),
    pytest.param('10000:01:00.0', '10000:01:00.0', id='a 32-bit domain'),
])
def test_parse(text, printed):
    assert str(PciAddress.parse(text)) == printed


@pytest.mark.parametrize('text', [
    '', '81:00.1', '0000:81:00', '0000:81:20.0', '0000:81:00.8',
    ' 0000:81:00.1', '0000:81:00.1\n', '000:81:00.1',
    '\uff10000:81:00.1', '0000:*:00.1', None, 5,
], ids=repr)
def test_anything_else_is_refused(text):
    with pytest.raises(exceptions.AddressError) as caught:
        PciAddress.parse(text)
    assert str(caught.value) == (
        f'expected a PCI address such as 0000:81:00.1, got {text!r}')


def test_order_is_numeric():
    texts = ['10000:00:00.0', '0000:81:00.0', '0000:0a:00.0']
    assert [str(a) for a in sorted(map(PciAddress.parse, texts))] == [
        '0000:0a:00.0', '0000:81:00.0', '10000:00:00.0']
