# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing import wording
from tests import audit_lies
from tests import audit_scenes


def test_the_answer_comes_first_and_fits_a_terminal():
    books = audit_lies.taken_over_by_a_stranger(audit_scenes.known_cloud())
    found = comparing.compare(books)
    assert list(wording.lines(
        found, ['devices and guests of h9: run nova-pci audit --host h9 '
                'there'], fixes.plan(books, found))) == [
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
    assert list(wording.lines((), (), fixes.Plan())) == ['the books agree']
