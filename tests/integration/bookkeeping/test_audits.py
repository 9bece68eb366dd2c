# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.books import Guest
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
    monkeypatch.setattr(corrections, 'prepare', lambda fix: fix)
    monkeypatch.setattr(corrections, 'make', noted.append)
    return noted


def repairer(told, answer=True, again=LIE):
    return audits.Repairer(confirm=lambda step: answer, tell=told.append,
                           read_again=lambda host: again)


def test_a_repair_is_told_before_and_after(made):
    told = []
    found = audits.repair(Reader(LIE, LIE, HEALTHY), repairer(told), 0)
    (fix,) = made
    assert (found.findings, told) == ((), [
        f'repairing owner-not-there on h0: {fixes.words(fix)}', 'repaired'])


def test_what_comes_to_light_is_repaired_too(made):
    second = audit_lies.vf_set_aside_for_nobody(HEALTHY)
    again = Reader(LIE, second)
    found = audits.repair(
        Reader(LIE, LIE, second, second, HEALTHY), audits.Repairer(
            confirm=lambda step: True, tell=[].append,
            read_again=lambda host: again()), 0)
    assert (found.findings, len(made)) == ((), 2)


def test_a_refusal_is_not_asked_again(made):
    told = []
    found = audits.repair(Reader(LIE), repairer(told, answer=False), 0)
    assert [each.kind for each in found.findings] == [Kind.OWNER_NOT_THERE]
    assert (made, told) == ([], [])


def test_a_repair_that_fails_is_told_and_not_tried_again(
        made, monkeypatch):
    def fail(fix):
        raise corrections.RepairError(corrections.CHANGED)

    monkeypatch.setattr(corrections, 'make', fail)
    told = []
    audits.repair(Reader(LIE), repairer(told), 0)
    assert told[1:] == [
        'not repaired: owner-not-there on h0: it has changed meanwhile; '
        'nothing was written']


def test_what_cannot_be_prepared_is_told_and_not_asked(made, monkeypatch):
    def fail(fix):
        raise exceptions.DiscoveryError('Placement', 'no answer')

    monkeypatch.setattr(corrections, 'prepare', fail)
    told, asked = [], []
    audits.repair(Reader(LIE), audits.Repairer(
        confirm=asked.append, tell=told.append,
        read_again=lambda host: LIE), 0)
    assert (made, asked, told) == ([], [], [
        'not repaired: owner-not-there on h0: Placement: no answer'])


# What was true when the question was asked, and is not after the answer.

def with_guest(books, **values):
    return audit_lies.machine(books, 'h0', guests=(
        *audit_lies.machine_of(books, 'h0').guests,
        Guest(uuid='u', name='by-hand', running=True, **values)))


@pytest.mark.parametrize(('again', 'why'), [
    (HEALTHY, 'the books agree about it meanwhile'),
    (with_guest(LIE, hostdevs=(audit_lies.FREE_GPU,)),
     f'guest by-hand has {audit_lies.FREE_GPU}'),
    (with_guest(LIE, complete=False), 'guest by-hand (u) of h0 has a device '
     'that could not be followed to an address'),
    (dataclasses.replace(LIE, unread=('the guests of h0: down',)),
     'not all could be read: the guests of h0: down'),
    (audit_lies.rewrite(LIE, 'h0', audit_lies.FREE_GPU, updated='now'),
     'it has changed meanwhile'),
], ids=['repaired', 'a guest', 'an unknown guest', 'libvirt is down',
        'the row was written'])
def test_all_is_read_again_before_the_write(made, again, why):
    told = []
    audits.repair(Reader(LIE), repairer(told, again=again), 0)
    assert (made, told[1:]) == ([], [
        f'not repaired: owner-not-there on h0: {why}; nothing was written'])


@pytest.mark.parametrize(('tell', 'hosts'), [
    (audit_lies.owned_by_a_stranger, ['h0']),
    (audit_lies.row_of_a_node_that_is_deleted, ['']),
    (audit_lies.provider_of_a_node_that_is_gone, [''])])
def test_only_the_books_of_the_host_are_read_again(made, tell, hosts):
    books, asked = tell(HEALTHY), []

    def read_again(host):
        asked.append(host)
        return books
    audits.repair(Reader(books, books, HEALTHY), audits.Repairer(
        confirm=lambda step: True, tell=[].append, read_again=read_again), 0)
    assert (asked, len(made)) == (hosts, 1)


def test_repairs_that_bring_nothing_end(made):
    """Somebody tells the same lie again and again."""
    found = audits.repair(Reader(LIE), repairer([]), 0)
    assert [each.kind for each in found.findings] == [Kind.OWNER_NOT_THERE]
    assert len(made) == 5
