# SPDX-License-Identifier: Apache-2.0

"""Answers of many hosts, in order."""

import pytest

from nova_pci_ext.explaining import report

pytestmark = pytest.mark.nova


def test_passing_hosts_come_first():
    assert report.GROUPS[0] == report.PASSES
    assert report.GROUPS[-1] == report.REFUSED


@pytest.mark.parametrize(('servers', 'count', 'fits'), [
    ([], 1, False), ([1, 1], 2, True), ([2, 0], 3, False)])
def test_whether_all_servers_find_a_host(servers, count, fits):
    class Counted:
        def __init__(self, number):
            self.servers = number

    made = report.Report(tuple(map(Counted, servers)), count)
    assert (made.total, made.fits) == (sum(servers), fits)
