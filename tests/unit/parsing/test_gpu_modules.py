# SPDX-License-Identifier: Apache-2.0

"""Which GPU is which module."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.parsing import gpu_modules
from tests import hgx_host

MODULES = {module: PciAddress.parse(address)
           for module, address in hgx_host.MODULES.items()}
SMI = 'GPU 00000000:{}:00.0\n    Module ID                 : {}\n'


def test_the_output_of_nvidia_smi():
    assert gpu_modules.parse(hgx_host.module_map(), 'm') == MODULES


@pytest.mark.parametrize('name', ['Module ID', 'Module Id', 'GPU Module ID',
                                  'GPU Module Id'])
def test_every_spelling_of_the_line(name):
    text = f'GPU 00000000:0F:00.0\n\t{name}   : 6\n'
    assert gpu_modules.parse(text, 'm') == {6: PciAddress(0, 0x0f, 0, 0)}


def test_a_gpu_without_an_id_is_not_in_the_map():
    text = SMI.format('0F', 'N/A') + SMI.format('10', 8)
    assert gpu_modules.parse(text, 'm') == {8: PciAddress(0, 0x10, 0, 0)}


def test_lines_that_somebody_wrote():
    text = '# modules of this board\n\n' + '\n'.join(
        f' {module} = {address}' for module, address in
        hgx_host.MODULES.items())
    assert gpu_modules.parse(text, 'm') == MODULES


@pytest.mark.parametrize(('text', 'message'), [
    pytest.param('', 'm: has no module ids; expected the output of '
                 'nvidia-smi -q, or lines such as 1=0000:b8:00.0',
                 id='nothing'),
    pytest.param(SMI.format('0F', 'N/A'),
                 'm: has no module ids; expected the output of '
                 'nvidia-smi -q, or lines such as 1=0000:b8:00.0',
                 id='no id'),
    pytest.param('1=0000:b8:00.0\ntwo', 'm:2: expected a module id and an '
                 'address, such as 1=0000:b8:00.0', id='no line of a map'),
    pytest.param('1=b8:00.0', "m:1: expected a PCI address such as "
                 "0000:81:00.1, got 'b8:00.0'",
                 id='an address without a domain'),
    pytest.param('1=0000:b8:00.0\n1=0000:bb:00.0',
                 'm:2: has module 1 or 0000:bb:00.0 again', id='an id twice'),
    pytest.param('1=0000:b8:00.0\n2=0000:b8:00.0',
                 'm:2: has module 2 or 0000:b8:00.0 again',
                 id='an address twice'),
    pytest.param('9' * 5000 + '=0000:b8:00.0', 'm:1: expected a module id '
                 'and an address, such as 1=0000:b8:00.0',
                 id='an id that is too long')])
def test_what_is_no_map(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        gpu_modules.parse(text, 'm')
    assert str(caught.value) == message
