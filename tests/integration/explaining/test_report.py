# SPDX-License-Identifier: Apache-2.0

"""Answers of many hosts, in order."""

import pytest

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import report
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage

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


def drained(*found):
    return answers.Answer(
        host='h', servers=0, shortage=Shortage(reason=Reason.IDENTITY),
        drained=found)


@pytest.mark.parametrize(('found', 'words'), [
    ((('0000:81:00.0', 'bad fan'),), 'bad fan'),
    ((('0000:81:00.0', 'bad fan'),
      ('0000:81:10.0', 'its PF 0000:81:00.0 is drained: bad fan')),
     'bad fan'),
    (tuple((f'0000:81:00.{number}', f'fault {number}')
           for number in range(4)), 'fault 0, fault 1 and 2 more'),
])
def test_drained_devices_are_named_with_the_reason(found, words):
    assert report.group(drained(*found)) == 'not now'
    assert report.words(drained(*found)) == (
        f'devices that fit are drained: {words}')


def test_what_would_help_is_to_undrain_them():
    answer = drained(*((f'0000:81:00.{number}', 'bad fan')
                       for number in range(6)))
    assert list(report.details(report.make([answer], 1)))[-6:] == [
        '  would take such a server with',
        *(f'    {"or " if number else ""}device 0000:81:00.{number} '
          'undrained (bad fan)' for number in range(4)),
        '    or one of 2 more undrained']
    assert report.changes_data(answer)[0] == [
        {'address': '0000:81:00.0', 'reason': 'bad fan', 'change': 'undrain'}]
