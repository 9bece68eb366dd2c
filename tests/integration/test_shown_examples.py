# SPDX-License-Identifier: Apache-2.0

"""Every entry and alias that a documentation shows is taken.

Ours is in ``doc/source``, Nova's in the help of its options.
"""

import pathlib
import re
import textwrap

import pytest
from nova.conf import pci

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.configuration import config_files
from nova_pci_ext.parsing import options

pytestmark = pytest.mark.nova

SOURCES = pathlib.Path(__file__).parents[2] / 'doc' / 'source'
BLOCK = re.compile(r'\.\. code-block:: ini\n\n((?:   .*\n|\n)+)')
# "alias = {" up to the brace or bracket that ends it.
NOVA_EXAMPLE = re.compile(
    r'^ *(alias|device_spec) = (\{.*?\}|\[.*?\])$', re.MULTILINE | re.DOTALL)
PARSERS = {'alias': parsing.parse_alias,
           'device_spec': parsing.parse_device_spec}
# What Nova's help shows and Nova itself refuses, or we do, and why.
NOT_TAKEN = {
    # The form of an alias, no example.
    '"name": "<name>"': 'is not JSON',
    # JSON has no comma before the closing brace.
    '"traits": "nvme-with-crypto-erase",': 'remove the comma',
    '"live_migratable": "yes",': 'remove the comma',
    # Shown as invalid: both a name and an address.
    '"physical_network":"physnet",': 'has both an address and a devname',
}


def our_examples():
    for page in sorted(SOURCES.rglob('*.rst')):
        for number, block in enumerate(BLOCK.findall(page.read_text())):
            yield pytest.param(
                textwrap.dedent(block),
                id=f'{page.relative_to(SOURCES)} block {number}')


@pytest.mark.parametrize('text', list(our_examples()))
def test_what_we_show_is_taken(text, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text(text)
    faults = parsing.Faults()
    files = [config_files.read(path, faults)]
    parsing.parse_device_specs(
        config_files.values(files, options.DEVICE_SPEC), faults)
    parsing.parse_aliases(config_files.values(files, options.ALIAS), faults)
    assert faults.errors == []


def test_our_pages_show_entries_and_aliases():
    shown = ''.join(each.values[0] for each in our_examples())
    assert shown.count('device_spec = ') >= 6
    assert shown.count('alias = ') >= 3


def nova_examples():
    for opt in pci.pci_opts:
        yield from NOVA_EXAMPLE.findall(opt.help or '')


@pytest.mark.parametrize(('name', 'value'), list(nova_examples()))
def test_what_nova_shows_is_taken(name, value):
    reason = next((reason for part, reason in NOT_TAKEN.items()
                   if part in value and (
                       name == 'alias' or ('"devname"' in value
                       and '"address"' in value))), None)
    if reason is None:
        assert PARSERS[name](value)
    else:
        with pytest.raises(exceptions.ConfigErrors) as caught:
            PARSERS[name](value)
        assert reason in str(caught.value)


def test_nova_shows_as_many_examples_as_we_know():
    found = [name for name, _ in nova_examples()]
    # Nova 31 has one less.
    assert found.count('alias') in (5, 6)
    assert found.count('device_spec') == 16
