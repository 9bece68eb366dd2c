# SPDX-License-Identifier: Apache-2.0

"""Names of options: today's, old ones and misplaced ones."""

import pytest

from nova_pci_ext.parsing import options
from nova_pci_ext.parsing.options import Rename


@pytest.mark.parametrize(('group', 'name', 'rename'), [
    ('pci', 'device_spec', None),
    ('pci', 'passthrough_whitelist',
     Rename('pci', 'device_spec', works=True)),
    ('DEFAULT', 'pci_alias', Rename('pci', 'alias', works=True)),
    ('DEFAULT', 'scheduler_driver', Rename(None, 'scheduler_driver')),
    ('pci ', 'device_spec', Rename('pci', 'device_spec')),
    ('pcis', 'device_spec', Rename('pci', 'device_spec')),
    ('default', 'pci_alias', Rename('pci', 'alias')),
    ('libvirt', 'pci_whitelist', Rename('pci', 'device_spec')),
    ('pci', 'aliases', Rename('pci', 'alias')),
    ('glance', 'aliases', None),
    ('pci', 'devise_spec', Rename('pci', 'device_spec')),
    ('filter_scheduler', 'enabled_filter',
     Rename('filter_scheduler', 'enabled_filters')),
    ('pci', 'strict', Rename('pci_ext', 'strict')),
    ('cinder', 'catalog_info', None),
])
def test_what_became_of_an_option(group, name, rename):
    assert options.find_rename(group, name) == rename


def test_a_common_word_is_ours_by_its_value():
    assert options.find_rename('workarounds', 'whitelist', 'a') is None
    assert options.find_rename(
        'workarounds', 'whitelist', '{"vendor_id": "8086"}') == Rename(
        'pci', 'device_spec')


def test_filters_that_are_gone_are_left_out():
    rename = Rename('filter_scheduler', 'enabled_filters')
    assert rename.today('RamFilter, ComputeFilter,RetryFilter,') == (
        'ComputeFilter', ('RamFilter', 'RetryFilter'))
    assert Rename('pci', 'alias').today('RamFilter') == ('RamFilter', ())


def test_groups_of_which_all_options_are_known():
    assert options.known_names('pci') == (
        'alias', 'device_spec', 'passthrough_whitelist',
        'report_in_placement')
    assert options.known_names('pci_ext') == tuple(sorted(options.OUR_NAMES))
    assert options.known_names('DEFAULT') is None
