# SPDX-License-Identifier: Apache-2.0

"""The sample configuration says what the options say."""

import pathlib

from oslo_config import generator

ROOT = pathlib.Path(__file__).parents[3]


def test_the_sample_is_up_to_date(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    fresh = tmp_path / 'fresh.conf.sample'
    generator.main([
        '--config-file', 'etc/nova_pci_ext/config-generator.conf',
        '--output-file', str(fresh)])
    sample = ROOT / 'etc/nova_pci_ext/nova-pci-ext.conf.sample'
    assert fresh.read_text() == sample.read_text(), (
        'write it anew with tox -e genconfig')
