# SPDX-License-Identifier: Apache-2.0

import dataclasses

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing import wording
from nova_pci_ext.auditing.books import Books
from tests import audit_lies
from tests import audit_scenes


def test_the_answer_comes_first_and_fits_a_terminal():
    books = audit_lies.taken_over_by_a_stranger(audit_scenes.known_cloud())
    found = comparing.compare(books)
    books = dataclasses.replace(books, left_out=(
        'devices and guests of h9: run nova-pci audit --host h9 there',))
    assert list(wording.lines(
        found, books, planning.plan(books, found))) == [
        '1 disagreement on 1 host; 1 instance affected', '',
        'h0 0000:41:00.0 owner-not-there',
        f'  the row is allocated for {audit_lies.STRANGER}, which does not',
        '    exist',
        '  A row is owned by an instance that does not exist. The device is '
        'lost until', '    the row is free.',
        '  repair: nova-pci audit --host h0 --repair, on h0',
        '  --repair leaves it: guest instance-bf1bd1b1 has 0000:41:00.0', '',
        'not read: devices and guests of h9: run nova-pci audit --host h9 '
        'there']


def test_agreement_is_said():
    assert list(wording.lines((), Books(), fixes.Plan())) == [
        'the books agree']


def test_what_was_not_read_does_not_agree():
    assert list(wording.lines((), Books(unread=('Neutron: no answer',)),
                              fixes.Plan())) == [
        'nothing disagrees in what was read, and not all could be read', '',
        'not read: Neutron: no answer']
