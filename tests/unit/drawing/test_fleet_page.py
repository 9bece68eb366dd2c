# SPDX-License-Identifier: Apache-2.0

import re

from nova_pci_ext.drawing import fleet_page
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')
NIC = DeviceClass(vendor_id='15b3', product_id='101e', dev_type='type-VF')


def test_each_host_is_in_the_table_by_its_whole_name():
    page = fleet_page.draw([EqualHosts(
        hosts=('n-1', 'n-2'), disabled=True, classes=(
            (GPU, ClassCounts(free=1, used=1)),
            (NIC, ClassCounts(free=4))))], {GPU: 'A100'}, 'noon')
    assert re.findall('<tr>(<td.*)</tr>', page) == [
        '<td class="hosts" rowspan="2">n-1 n-2 (disabled)</td>'
        '<td>10de:20b0 PCI A100</td><td>1 of 2 free, 1 used</td>',
        '<td>15b3:101e VF</td><td>4 of 4 free</td>']


def test_nothing_else_is_loaded():
    page = fleet_page.draw([], {}, 'noon')
    assert page.startswith('<!DOCTYPE html>\n')
    assert page.count('<svg') == page.count('</svg>') == 1
    assert '<?xml' not in page
    assert re.findall(r'(?:src|href)=|url\((?!#)|@import', page) == []
