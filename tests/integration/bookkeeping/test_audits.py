# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.bookkeeping import audits
from nova_pci_ext.bookkeeping import corrections
from tests import audit_lies
from tests import audit_scenes

pytestmark = pytest.mark.nova


class Reader:
    """Reads one set of books after the other, the last for ever."""

    def __init__(self, *books):
        self.books = list(books)
        self.count = 0

    def __call__(self):
        """Read."""
        self.count += 1
        return self.books.pop(0) if len(self.books) > 1 else self.books[0]


HEALTHY = audit_scenes.known_cloud()
LIE = audit_lies.owned_by_a_stranger(HEALTHY)


@pytest.mark.parametrize(('books', 'kinds', 'count'), [
    ([HEALTHY], [], 1), ([LIE, HEALTHY], [], 2),
    ([LIE], [Kind.OWNER_NOT_THERE], 2),
], ids=['healthy', 'under way', 'a lie'])
def test_only_what_both_readings_have_is_reported(books, kinds, count):
    read = Reader(*books)
    found = audits.audit(read, 0)
    assert ([each.kind for each in found.findings], read.count) == (
        kinds, count)


@pytest.fixture
def made(monkeypatch):
    """Note repairs in the place of making them."""
    noted = []
    monkeypatch.setattr(corrections, 'make', noted.append)
    return noted


def repairer(told, answer=True):
    return audits.Repairer(confirm=lambda step: answer, tell=told.append)


def test_a_repair_is_told_before_and_after(made):
    told = []
    found = audits.repair(Reader(LIE, LIE, HEALTHY), repairer(told), 0)
    (fix,) = made
    assert (found.findings, told) == ((), [
        f'repairing owner-not-there on h0: {fixes.words(fix)}', 'repaired'])


def test_what_comes_to_light_is_repaired_too(made):
    second = audit_lies.vf_set_aside_for_nobody(HEALTHY)
    found = audits.repair(Reader(LIE, LIE, second, second, HEALTHY),
                          repairer([]), 0)
    assert (found.findings, len(made)) == ((), 2)


def test_a_refusal_is_not_asked_again(made):
    told = []
    found = audits.repair(Reader(LIE), repairer(told, answer=False), 0)
    assert [each.kind for each in found.findings] == [Kind.OWNER_NOT_THERE]
    assert (made, told) == ([], [])


def test_a_repair_that_fails_is_told_and_not_tried_again(monkeypatch):
    def fail(fix):
        raise corrections.RepairError(corrections.CHANGED)

    monkeypatch.setattr(corrections, 'make', fail)
    told = []
    audits.repair(Reader(LIE), repairer(told), 0)
    assert told[1:] == [
        'not repaired: it has changed meanwhile; nothing was written']


def test_repairs_that_bring_nothing_end(made):
    """Somebody tells the same lie again and again."""
    found = audits.repair(Reader(LIE), repairer([]), 0)
    assert [each.kind for each in found.findings] == [Kind.OWNER_NOT_THERE]
    assert len(made) == 5
