# SPDX-License-Identifier: Apache-2.0

"""Entries, aliases and extra specs beside the switches of Placement."""

import pytest

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import placement_switches
from nova_pci_ext.configuration.config_files import SourceKind

ENTRY = ('device_spec = {"vendor_id": "10de", "product_id": "20b0", '
         '"resource_class": "gpu"}\n')
ALIAS = 'alias = {"name": "g", "resource_class": "gpu"}\n'
REPORT = 'report_in_placement = true\n'
ASK = '[filter_scheduler]\npci_in_placement = true\n'


def load(tmp_path, text):
    path = tmp_path / 'nova.conf'
    path.write_text(f'[pci]\n{text}')
    return loader.load_files([(SourceKind.FILE, path)])


@pytest.mark.parametrize(('text', 'told'), [
    (ENTRY + ALIAS + REPORT + ASK, []),
    (ENTRY, ['[pci] device_spec[0].resource_class: says nothing to '
             'Placement; set [pci] report_in_placement = true']),
    (ENTRY + ASK, [
        '[filter_scheduler] pci_in_placement: asks Placement for devices, '
        'and none is reported there; set [pci] report_in_placement = true '
        'on all computes first',
        '[pci] device_spec[0].resource_class: says nothing to Placement; '
        'set [pci] report_in_placement = true']),
    (ALIAS + REPORT, [
        '[pci] alias[0].resource_class: is ignored; set [filter_scheduler] '
        'pci_in_placement = true where the aliases are']),
], ids=['both', 'neither', 'only asked', 'only reported'])
def test_what_has_no_effect(text, told, tmp_path):
    found = placement_switches.warnings(load(tmp_path, text))
    assert [str(each).partition('nova.conf:')[2].partition(': ')[2]
            or str(each) for each in found] == told


@pytest.mark.parametrize(('key', 'count'), [
    ('resources:CUSTOM_GPU', 1), ('resources1:CUSTOM_GPU', 1),
    ('resources:VCPU', 0), ('hw:CUSTOM_GPU', 0), ('resources', 0)])
def test_a_class_in_the_place_of_an_alias(key, count, tmp_path):
    loaded = load(tmp_path, ENTRY)
    assert placement_switches.classes(loaded, None) == {'CUSTOM_GPU'}
    found = list(placement_switches.extra_spec(key, loaded, None))
    assert [str(each) for each in found] == [
        f'{key}: takes the resource in Placement, but no guest gets a device '
        'by it; ask for an alias with pci_passthrough:alias'] * count
