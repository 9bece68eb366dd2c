# SPDX-License-Identifier: Apache-2.0

"""Answers of many hosts, in order."""

import pytest

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import report

pytestmark = pytest.mark.nova


def test_passing_hosts_come_first():
    assert report.GROUPS[0] == report.PASSES
    assert report.GROUPS[-1] == report.REFUSED


def test_hosts_that_only_the_limit_of_placement_cut_off_are_named_so():
    made = report.make([
        answers.Answer(host='refused', servers=0, refused_by='ComputeFilter'),
        answers.Answer(host='cut', servers=0, refused_by=answers.LIMIT),
        answers.Answer(host='takes', servers=1)], 1)
    assert [answer.host for answer in made.answers] == [
        'takes', 'cut', 'refused']
    assert list(report.histogram(made)) == [
        '1 of 3 hosts can take such a server; 1 of 1 server fits',
        '  1 passes',
        '  1 left out of the answer of Placement: [scheduler] '
        'max_placement_results',
        '  1 refused by another filter: ComputeFilter']
    assert report.reason_data(made.answers[1]) == {
        'refused_by': '[scheduler] max_placement_results'}


@pytest.mark.parametrize(('servers', 'count', 'fits'), [
    ([], 1, False), ([1, 1], 2, True), ([2, 0], 3, False)])
def test_whether_all_servers_find_a_host(servers, count, fits):
    class Counted:
        def __init__(self, number):
            self.servers = number

    made = report.Report(tuple(map(Counted, servers)), count)
    assert (made.total, made.fits) == (sum(servers), fits)
