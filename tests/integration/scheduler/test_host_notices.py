# SPDX-License-Identifier: Apache-2.0

"""What is wrong with a host is told once."""

import logging

import pytest
from nova import objects

from nova_pci_ext.scheduler import host_notices

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2}


def pools(*counts):
    objects.register_all()
    return [objects.PciDevicePool.from_dict(dict(VF, count=count))
            for count in counts]


def test_pools_that_cannot_be_read(caplog):
    told = host_notices.HostNotices()
    told.unreadable('h1', pools(1, 2))
    for _ in range(2):
        told.unreadable('h1', pools(1, -1, -2))
    told.unreadable('h1', pools(-1))
    assert [record.getMessage().split(';')[0].split('. ')[0]
            for record in caplog.records] == [
        'Host h1 publishes 2 PCI pools that cannot be read and are left out, '
        'such as number 1: its count is -1',
        'Host h1 publishes 1 PCI pools that cannot be read and are left out, '
        'such as number 0: its count is -1']


def test_an_error_is_told_once_for_each_host(caplog):
    caplog.set_level(logging.ERROR)
    told = host_notices.HostNotices()
    for host in ('h1', 'h1', 'h2'):
        try:
            raise KeyError('x')
        except KeyError as exc:
            told.failed(host, 'Deciding about', exc)
    assert [record.getMessage() for record in caplog.records] == [
        'Deciding about host h1 failed; other hosts are not concerned: '
        "KeyError: 'x'",
        'Deciding about host h2 failed; other hosts are not concerned: '
        "KeyError: 'x'"]
