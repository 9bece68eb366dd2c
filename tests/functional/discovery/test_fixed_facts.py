# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.discovery import fixed_facts
from nova_pci_ext.discovery.kernel_files import Root


def test_slots_are_read_from_sysfs(tmp_path):
    for name, address in (('5', '0000:81:00\n'), ('7', '')):
        folder = tmp_path / 'sys' / 'bus' / 'pci' / 'slots' / name
        folder.mkdir(parents=True)
        (folder / 'address').write_text(address)
    assert fixed_facts.read_slots(Root(tmp_path)) == {'0000:81:00': '5'}


def test_a_recorded_tree_has_no_interfaces_of_this_kernel(tmp_path):
    assert fixed_facts.permanent_mac(Root(tmp_path), '0000:81:00.0') is None


def test_an_interface_that_is_not_a_card_has_no_such_address():
    assert fixed_facts._ask('lo') is None
    assert fixed_facts._ask('a-name-that-is-too-long') is None
