# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import ledger
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A


@pytest.mark.parametrize(('tell', 'text'), [
    (audit_lies.one_vf_more_than_it_owns,
     'it has 2 of h0.example_0000:5E:00.0, and owns 1 devices there'),
    (audit_lies.more_than_there_are,
     'its total is 2, and 1 devices have rows'),
    (audit_lies.reserved_by_hand,
     '1 of 1 are reserved, and none is for one-time use'),
    (audit_lies.allocated_to_a_stranger,
     f'{audit_lies.STRANGER} has 1 CUSTOM_PCI_10DE_20B0, and is neither an '
     'instance nor a move'),
])
def test_what_is_said(tell, text):
    (found,) = comparing.compare(tell(audit_scenes.known_cloud()))
    assert found.text == text


def test_a_device_that_left_the_configuration_need_not_count():
    """Nova counts it as long as it is allocated, and keeps its row."""
    books = audit_scenes.known_cloud(vfs=5)
    stock = audit_lies.provider_at(books, 'h0', '0000:5e:00.0').stocks[0]
    for total, expected in ((5, []), (3, []), (2, [Kind.WRONG_TOTAL]),
                            (6, [Kind.WRONG_TOTAL])):
        found = comparing.compare(audit_lies.restock(
            books, 'h0', '0000:5e:00.0', stocks=(type(stock)(
                resource_class=stock.resource_class, total=total),)))
        assert [each.kind for each in found] == expected


def test_a_row_is_the_provider_s_until_it_is_made_anew():
    """A provider of another UUID for the same card is not a surplus."""
    books = audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', audit_lies.FREE_GPU,
        provider=audit_lies.STRANGER)
    (found,) = comparing.compare(books)
    assert (found.kind, found.device) == (Kind.PROVIDER_MISSING,
                                          audit_lies.FREE_GPU)


def test_one_of_several_rows_that_names_another_provider_is_one_finding():
    books = audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', audit_lies.FREE_VF,
        provider=audit_lies.STRANGER)
    (found,) = comparing.compare(books)
    assert (found.kind, found.device) == (Kind.PROVIDER_MISSING,
                                          audit_lies.FREE_VF)


def test_what_an_instance_lacks_placement_may_give_it_rightly():
    books = audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', audit_lies.VF_A,
        status='available', owner=None, request_id=None)
    found = comparing.compare(audit_scenes.without(books, ['machines']))
    assert [(each.kind, each.instance) for each in found] == [
        (Kind.REQUESTS_WITHOUT_ROWS, A.uuid)]


def test_the_address_of_a_provider_is_written_as_the_kernel_does():
    books = audit_scenes.known_cloud()
    assert ledger.address_of(audit_lies.provider_at(
        books, 'h0', audit_lies.FREE_GPU)) == audit_lies.FREE_GPU


def unnoted(books, which=lambda row: True):
    """Let rows name no provider, as Nova leaves them until they are written.

    :param which: chooses them
    """
    return audit_lies.change(
        books, 'rows', lambda row: bool(row.provider) and which(row),
        provider=None)


@pytest.mark.parametrize('which', [
    pytest.param(lambda row: True, id='all, as when Placement was turned on'),
    pytest.param(lambda row: not row.owner, id='those that nobody has had'),
    pytest.param(lambda row: row.id % 2, id='every second one')])
def test_rows_that_do_not_name_their_provider_yet_are_its_own(which):
    assert comparing.compare(unnoted(audit_scenes.known_cloud(), which)) == ()


@pytest.mark.parametrize('tell', [
    audit_lies.one_vf_more_than_it_owns, audit_lies.more_than_there_are,
    audit_lies.reserved_by_hand, audit_lies.allocated_to_a_stranger,
    audit_lies.provider_of_no_device])
def test_of_them_is_said_what_is_said_of_the_others(tell):
    books = tell(audit_scenes.known_cloud())
    assert [each.kind for each in comparing.compare(unnoted(books))] == [
        each.kind for each in comparing.compare(books)]


def test_a_repair_leaves_what_such_a_row_may_have():
    books = audit_lies.one_vf_more_than_it_owns(unnoted(
        audit_scenes.known_cloud()))
    (step,) = planning.plan(books, comparing.compare(books)).steps
    assert [number for _, number in step.fix.units] == [1]
