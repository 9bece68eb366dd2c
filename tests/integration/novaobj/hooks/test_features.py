# SPDX-License-Identifier: Apache-2.0

"""What the installed release of Nova has of what not all of them have."""

import pytest
from nova import version

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.novaobj.hooks import features
from nova_pci_ext.novaobj.hooks.features import Feature

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
