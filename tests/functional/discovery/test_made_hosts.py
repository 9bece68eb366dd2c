# SPDX-License-Identifier: Apache-2.0

"""Hosts that nobody recorded: their files are what their builders make."""

import pytest

from nova_pci_ext.discovery import inventory as inventory_file
from tests import bond_host
from tests import hgx_host


@pytest.mark.parametrize('made', [hgx_host, bond_host],
                         ids=['HGX', 'bond'])
def test_the_files_are_as_the_builder_makes_them(made):
    for name, text in made.texts().items():
        assert (made.DATA / name).read_text('utf-8') == text


@pytest.mark.parametrize('found', [
    hgx_host.host(), hgx_host.host(vfs=0), hgx_host.host(vfs=16),
    bond_host.host(), bond_host.host(vfs=64)],
    ids=['HGX', 'HGX with whole NICs', 'HGX with most VFs', 'bond',
         'bond with most VFs'])
def test_a_host_is_one_that_can_be_recorded(found):
    assert inventory_file.parse_inventory(
        inventory_file.format_inventory(found), found.host) == found
