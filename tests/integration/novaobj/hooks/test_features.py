# SPDX-License-Identifier: Apache-2.0

"""What the installed release of Nova has of what not all of them have."""

import pytest
from nova import version

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.hooks import features
from nova_pci_ext.novaobj.hooks.features import Feature
from tests import device_scenes

pytestmark = pytest.mark.nova
RELEASE = int(version.version_string().partition('.')[0])


@pytest.mark.parametrize('feature', Feature)
def test_the_releases_have_what_the_table_says(feature):
    assert features.has(feature) == (features.MARKS[feature].since <= RELEASE)


@pytest.mark.parametrize(('has', 'errors'), [
    (True, []),
    (False, ['[pci] device_spec[0].one_time_use: cannot be "yes": the '
             'installed Nova has no one-time use of devices; remove the key, '
             'or use Nova 32 (2025.2) or later']),
])
def test_what_this_nova_lacks_is_a_fault_of_the_configuration(
        has, errors, monkeypatch, tmp_path):
    monkeypatch.setattr(features, 'has', lambda feature: has)
    nova_conf = tmp_path / 'nova.conf'
    nova_conf.write_text(
        '[pci]\nreport_in_placement = true\n'
        'device_spec = {"vendor_id": "8086", "one_time_use": "yes"}\n')
    found = loader.load_files([(SourceKind.FILE, nova_conf)])
    assert [str(each) for each in found.errors] == [
        f'{nova_conf}:3: {error}' for error in errors]


@pytest.mark.parametrize(('has', 'taken'), [(True, 1), (False, 0)])
def test_an_alias_asks_for_a_trait_that_this_nova_gives_or_not(
        has, taken, monkeypatch, tmp_path):
    """The check counts what Placement would choose with this Nova."""
    monkeypatch.setattr(features, 'has', lambda feature: has)
    nova_conf = tmp_path / 'nova.conf'
    nova_conf.write_text(
        '[pci]\nreport_in_placement = true\n'
        'device_spec = {"vendor_id": "8086", "live_migratable": "yes"}\n'
        'alias = {"name": "a1", "resource_class": "CUSTOM_PCI_8086_1521", '
        '"traits": "HW_PCI_LIVE_MIGRATABLE"}\n')
    found = loader.load_files([(SourceKind.FILE, nova_conf)])
    covered = coverage.cover(found.specs, Inventory(
        host='h', devices=(device_scenes.device('0000:0a:00.0'),)))
    assert len(coverage.serving(covered, found.aliases['a1'],
                                in_placement=True)) == taken
