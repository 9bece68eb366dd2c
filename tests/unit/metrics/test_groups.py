# SPDX-License-Identifier: Apache-2.0

import types

from nova_pci_ext.metrics import groups


def device(status, text):
    return types.SimpleNamespace(status=status, extra_info={
        'device_group_nvlink': text, 'capabilities': '{}'})


def test_a_group_is_whole_while_all_members_are_free():
    assert groups.count([
        device('available', 'a:2,quad:4'), device('available', 'a:2,quad:4'),
        device('allocated', 'b:2,quad:4'), device('available', 'b:2,quad:4'),
        device('available', 'c:2'),
        types.SimpleNamespace(status='available', extra_info={}),
    ]) == {('nvlink', '2'): {'whole': 1, 'broken': 2},
           ('nvlink', '4'): {'whole': 0, 'broken': 1}}
