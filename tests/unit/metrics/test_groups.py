# SPDX-License-Identifier: Apache-2.0

import types

from nova_pci_ext.metrics import groups


def device(status, text='', **notes):
    extra = {'device_group_nvlink': text, 'capabilities': '{}', **notes}
    return types.SimpleNamespace(
        status=status, extra_info=extra, vendor_id='10de', product_id='20b0',
        dev_type='type-PCI', numa_node=None)


def test_a_group_is_whole_while_all_members_can_be_had():
    assert groups.count(groups.read([
        device('available', 'a:2,quad:4'), device('available', 'a:2,quad:4'),
        device('allocated', 'b:2,quad:4'), device('available', 'b:2,quad:4'),
        device('available', 'c:2'), device('available'),
        device('available', 'd:1', pci_ext_drained='bad fan'),
    ])) == {('nvlink', '1'): {'whole': 0, 'broken': 1},
            ('nvlink', '2'): {'whole': 1, 'broken': 2},
            ('nvlink', '4'): {'whole': 0, 'broken': 1}}


def test_devices_that_are_gone_are_not_counted():
    ((kind, counts),) = groups.read([
        device('available', 'a:2'), device('removed', 'a:2'),
        device('deleted'), device('allocated', pci_ext_unhealthy='link'),
    ]).counts()
    assert (str(kind), counts.devices, counts.free, counts.unhealthy,
            counts.largest_whole) == ('10de:20b0 PCI', 2, 1, 1, 0)
