# SPDX-License-Identifier: Apache-2.0

"""What an alias wants, in the terms of the rules."""

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import wants
from nova_pci_ext.matching.rules import Want
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import NumaPolicy


def test_an_entry_is_one_alternative():
    alias = parsing.parse_alias(
        '{"name": "a1", "vendor_id": "8086", "product_id": "1520", '
        '"device_type": "type-VF", "live_migratable": "no", '
        '"numa_policy": "socket"}')
    assert wants.want(alias) == Want(
        numa_policy=NumaPolicy.SOCKET, cells=None, alternatives=(Alternative(
            vendor_id='8086', product_id='1520', dev_type=DeviceType.VF,
            tags=(('live_migratable', 'false'),)),))


def test_what_placement_judges_is_left_to_it():
    alias = parsing.parse_alias('{"name": "a1", "resource_class": "GPU", '
                                '"traits": "A"}')
    assert wants.want(alias).alternatives == (Alternative(),)
