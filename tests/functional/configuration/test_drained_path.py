# SPDX-License-Identifier: Apache-2.0

import pathlib

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.configuration import drained_path
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind


@pytest.fixture
def find(tmp_path):
    """Return where a nova-compute with some options looks."""
    def find(text):
        path = tmp_path / 'nova.conf'
        path.write_text(text)
        return drained_path.find(loader.load_files(
            [(SourceKind.FILE, path)]).files)
    return find


@pytest.mark.parametrize(('text', 'path'), [
    ('[DEFAULT]\nstate_path = /var/lib/nova\n',
     '/var/lib/nova/pci-drained.json'),
    ('[DEFAULT]\nstate_path = /var/lib/nova\n[pci_ext]\n'
     'drained_file = $state_path/d/${host}.json\n[DEFAULT]\nhost = c1\n',
     '/var/lib/nova/d/c1.json'),
    ('[pci_ext]\ndrained_file = /etc/nova/drained.json\n',
     '/etc/nova/drained.json'),
])
def test_the_commands_look_where_nova_compute_does(find, text, path):
    assert find(text) == pathlib.Path(path)


def test_a_value_of_which_nova_compute_dies_is_refused(find, tmp_path):
    with pytest.raises(exceptions.ConfigErrors) as caught:
        find('[pci_ext]\ndrained_file = $nowhere/d.json\n')
    assert str(caught.value) == (
        f'{tmp_path}/nova.conf:2: [pci_ext] drained_file: names an option '
        'that does not exist: $nowhere; Nova puts the value of another '
        'option there, and dies of an unknown one; write $$ where a dollar '
        'sign is meant')
