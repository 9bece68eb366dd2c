#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The sample configuration says what the options say."""

import pathlib

from oslo_config import generator

ROOT = pathlib.Path(__file__).parents[2]


def test_the_sample_is_up_to_date(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    fresh = tmp_path / 'fresh.conf.sample'
    generator.main([
        '--config-file', 'etc/nova_pci_ext/config-generator.conf',
        '--output-file', str(fresh)])
    sample = ROOT / 'etc/nova_pci_ext/nova-pci-ext.conf.sample'
    assert fresh.read_text() == sample.read_text(), (
        'write it anew with tox -e genconfig')
