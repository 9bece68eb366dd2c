# SPDX-License-Identifier: Apache-2.0

"""Aliases and entries of one file, by their names in Placement."""

import pytest

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import placement_terms
from nova_pci_ext.configuration.config_files import SourceKind

pytestmark = pytest.mark.nova
IDS = '"vendor_id": "10de", "product_id": "20b0"'
BOTH = ('report_in_placement = true\n[filter_scheduler]\n'
        'pci_in_placement = true\n')


def said(tmp_path, entry, alias, switches=BOTH):
    path = tmp_path / 'nova.conf'
    path.write_text(f'[pci]\ndevice_spec = {{{entry}}}\n'
                    f'alias = {{"name": "g", {alias}}}\n{switches}')
    return [str(each).replace(f'{path}:', '') for each in
            placement_terms.warnings(
                loader.load_files([(SourceKind.FILE, path)]))]


@pytest.mark.parametrize(('entry', 'alias', 'asked', 'given'), [
    (f'{IDS}, "resource_class": "GPU"', '"resource_class": "GPUS"',
     'CUSTOM_GPUS', 'CUSTOM_GPU'),
    (f'{IDS}, "resource_class": "PGPU"', IDS, 'CUSTOM_PCI_10DE_20B0', 'PGPU'),
    (IDS, f'{IDS}, "resource_class": "GPU"', 'CUSTOM_GPU',
     'CUSTOM_PCI_10DE_20B0')])
def test_a_class_that_nothing_is_reported_under(
        tmp_path, entry, alias, asked, given):
    assert said(tmp_path, entry, alias) == [
        f'3: [pci] alias[0]: asks Placement for {asked}, and 2: [pci] '
        f'device_spec[0] reports {given}; write "resource_class": "{given}"']


def test_a_trait_that_no_entry_has(tmp_path):
    assert said(tmp_path, f'{IDS}, "traits": "blue"',
                f'{IDS}, "traits": "bleu"') == [
        '3: [pci] alias[0].traits: asks Placement for CUSTOM_BLEU, which no '
        'entry with CUSTOM_PCI_10DE_20B0 has; did you mean CUSTOM_BLUE?']


@pytest.mark.parametrize(('entry', 'alias', 'switches'), [
    pytest.param(f'{IDS}, "resource_class": "GPU"',
                 '"resource_class": "gpu"', BOTH, id='normalised'),
    pytest.param(f'{IDS}, "resource_class": "GPU"',
                 '"resource_class": "FPGA"', BOTH, id='of other hosts'),
    pytest.param(f'{IDS}, "traits": "blue"', f'{IDS}, "traits": "large"',
                 BOTH, id='another trait'),
    pytest.param('"address": "0000:41:00.0"', IDS, BOTH,
                 id='devices tell their class'),
    pytest.param(f'{IDS}, "resource_class": "GPU"', IDS,
                 'report_in_placement = true\n', id='not asked yet'),
    pytest.param(f'{IDS}, "physical_network": "p"',
                 '"vendor_id": "10de", "product_id": "20b1"', BOTH,
                 id='never in Placement')])
def test_nothing_is_said(tmp_path, entry, alias, switches):
    assert said(tmp_path, entry, alias, switches) == []
