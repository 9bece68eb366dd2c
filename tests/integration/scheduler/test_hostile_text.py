# SPDX-License-Identifier: Apache-2.0

"""What other hosts and users wrote, as the scheduler's log has it."""

import logging

import pytest

from nova_pci_ext.scheduler import filters
from tests import nova_hosts

pytestmark = pytest.mark.nova

LOGGER = 'nova_pci_ext.scheduler.filters'
HOSTILE = '\x1b[31m\x1b]0;t\x07\r\nERROR forged\x9b\u202eab\u200b'
SHOWN = '\\x1b[31m\\x1b]0;t\\x07\\r\\nERROR forged\\x9b\\u202eab\\u200b'


@pytest.fixture
def lines(caplog):
    """Refuse hosts with hostile names, tags and requests."""
    caplog.set_level(logging.DEBUG, LOGGER)
    devices = nova_hosts.scheduler_stats(nova_hosts.compute_stats([
        nova_hosts.device('0000:01:00.0', 'type-PCI', product='000a')]))
    for pool in devices.pools:
        pool['physical_network'] = HOSTILE
        pool['address'] = HOSTILE
    asked = nova_hosts.asked(
        {'vendor_id': '8086', 'product_id': '000a',
         'physical_network': HOSTILE}, count=2, alias=HOSTILE)
    host = nova_hosts.host_state(HOSTILE, devices)
    assert list(filters.PciPassthroughFilter().filter_all(
        [host], nova_hosts.request_spec(asked))) == []
    return [record.getMessage() for record in caplog.records
            if record.name == LOGGER]


def test_no_line_of_the_scheduler_can_be_forged(lines):
    assert len(lines) == 2
    assert [line.isprintable() for line in lines] == [True, True]
    assert all(SHOWN in line for line in lines)
