# SPDX-License-Identifier: Apache-2.0

"""Rows and notes of a count."""

import pytest

from nova_pci_ext.planning import capacity_report
from nova_pci_ext.planning.capacity import FlavorCapacity
from nova_pci_ext.planning.capacity import HostCapacity
from nova_pci_ext.planning.counting import Count
from nova_pci_ext.planning.counting import FlavorRow

pytestmark = pytest.mark.nova

HOSTS = FlavorCapacity(hosts=(
    HostCapacity(host='a', servers=2, short='memory', never=False),
    HostCapacity(host='b', servers=0, short='a GPU', never=True)))
ROW = FlavorRow(name='f', running=3, found=HOSTS, together=1, ends=True)
REFUSED = FlavorRow(name='g', running=None, refusal='no such alias')
NOWHERE = FlavorRow(name='h', running=0, found=FlavorCapacity(hosts=()))


def test_rows_for_people():
    assert [capacity_report.row(each) for each in (ROW, REFUSED, NOWHERE)
            ] == [('f', 2, 3, '1 *', 'memory (1 host)'),
                  ('g', 0, '', '', 'refused: no such alias'),
                  ('h', 0, 0, '', 'hosts')]


def test_rows_for_machines():
    assert capacity_report.data(ROW) == (
        'f', 2, 3, 1, True, [{'what': 'memory', 'hosts': 1}],
        [{'host': 'a', 'servers': 2, 'short': 'memory'},
         {'host': 'b', 'servers': 0, 'short': 'a GPU'}], '')
    assert capacity_report.data(REFUSED) == (
        'g', 0, None, None, False, [], [], 'no such alias')


def test_notes():
    assert list(capacity_report.notes(Count(
        rows=(ROW,), left_out=2, has_room=False))) == [
        '* the next server in the proportion of what runs finds no host',
        '2 flavors that ask for no PCI device: not counted',
        'vCPUs, memory and disk of recorded hosts are not known: not counted']
    assert list(capacity_report.notes(Count(
        rows=(NOWHERE,), left_out=0, has_room=True))) == []
