# SPDX-License-Identifier: Apache-2.0

"""An embedded Nova puts servers where the packing benchmark puts them.

``NOVA_PCI_BOOTS`` sets the number of servers, and a host comes with each ten
of them, four at least: ``make test-boots`` boots 200 on 20 hosts, CI twelve.
"""

import os

import pytest

from tests.embedded import gpu_cloud
from tests.embedded import trace_boots

BOOTS = int(os.environ.get('NOVA_PCI_BOOTS', '12'))

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_the_hosts_are_those_that_the_benchmark_says():
    differ, other_devices, placed, refused = gpu_cloud.run(
        'trace_boots', BOOTS, max(4, BOOTS // 10), timeout=3000)
    assert (differ, other_devices) == ([], [])
    assert placed + refused == BOOTS
    assert placed >= min(BOOTS, 12)


def test_the_settings_are_those_of_the_page():
    lines = trace_boots.SCHEDULER.splitlines()
    assert [line.partition(' = ')[0] for line in lines] == [
        'available_filters', 'available_filters', 'enabled_filters',
        'weight_classes', 'pci_weight_multiplier']
