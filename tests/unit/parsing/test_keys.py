# SPDX-License-Identifier: Apache-2.0

"""Which known key an operator meant."""

import pytest

from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import options
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.options import Rename

KNOWN = schema.known_keys(schema.DEVICE_SPEC)


@pytest.mark.parametrize(('word', 'meant'), [
    ('adress', 'address'), ('addres', 'address'), ('adrdess', 'address'),
    ('address ', 'address'), ('pci_address', 'address'), ('addr', 'address'),
    ('prodct_id', 'product_id'), ('Vendor-ID', 'vendor_id'),
    ('vendor', 'vendor_id'), ('device_id', 'product_id'),
    ('dev_name', 'devname'), ('physnet', 'physical_network'),
    ('physical_netwrok', 'physical_network'), ('trait', 'traits'),
    ('trust', 'trusted'), ('remote-managed', 'remote_managed'),
    ('label', None), ('rack', None), ('owner', None), ('cost', None),
    ('datacentre', None), ('t', None), ('', None), ('switch', None),
    ('row', None), ('vlan', None), ('group', None), ('nic_model', None),
])
def test_a_key_is_a_slip_of_another_or_a_free_tag(word, meant):
    assert keys.meant(word, KNOWN) == meant


def test_the_nearest_key_wins():
    assert keys.meant('managd', ('manager', 'managed')) == 'managed'


@pytest.mark.parametrize(('first', 'second', 'slips'), [
    ('address', 'address', 0), ('addres', 'address', 1),
    ('adrdess', 'address', 1), ('xdresz', 'address', 3),
    ('abcd', 'efcd', 2), ('abcd', 'efgd', 3), ('abcd', 'efgh', 3),
    ('a', 'abcd', 3), ('', 'ab', 2), ('mykey17', 'address', 3)])
def test_slips_are_counted_as_far_as_they_matter(first, second, slips):
    assert keys.slips(first, second) == keys.slips(second, first) == slips


@pytest.mark.parametrize(('group', 'name', 'rename'), [
    ('pci', 'device_spec', None), ('DEFAULT', 'debug', None),
    ('libvirt', 'alias', None), ('pci', 'colour', None),
    ('pci', 'dev_spec', Rename('pci', 'device_spec')),
    ('pci', 'device_specs', Rename('pci', 'device_spec')),
    ('pci', 'passthrough_whitelist',
     Rename('pci', 'device_spec', works=True)),
    ('DEFAULT', 'pci_alias', Rename('pci', 'alias', works=True)),
    ('DEFAULT', 'scheduler_default_filters',
     Rename('filter_scheduler', 'enabled_filters')),
    ('filter_scheduler', 'enabled_filter',
     Rename('filter_scheduler', 'enabled_filters')),
    ('DEFAULT', 'scheduler_driver', Rename(None, 'scheduler_driver')),
])
def test_an_option_has_todays_name(group, name, rename):
    assert options.find_rename(group, name) == rename


def test_a_rename_reads_like_a_line_of_a_file():
    assert str(options.find_rename('DEFAULT', 'pci_alias')) == '[pci] alias'
