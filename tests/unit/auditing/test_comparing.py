# SPDX-License-Identifier: Apache-2.0

import dataclasses
import itertools
import sys

import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import finding
from nova_pci_ext.auditing import kinds
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_lies
from tests import audit_scenes


def places(findings):
    return sorted((each.kind, each.host, each.device) for each in findings)


@pytest.mark.parametrize(('tell', 'expected'), [
    pytest.param(tell, expected, id=name)
    for name, tell, expected in audit_lies.LIES])
def test_a_lie_is_found_and_nothing_else(tell, expected):
    books = tell(audit_scenes.known_cloud())
    assert places(comparing.compare(books)) == sorted(expected)


#: What no books of one host show.
OF_ALL = {Kind.ROW_OF_DELETED_NODE, Kind.PROVIDER_OF_DELETED_NODE}


@pytest.mark.parametrize(('tell', 'expected'), [
    pytest.param(tell, expected, id=name)
    for name, tell, expected in audit_lies.LIES])
def test_the_books_of_one_host_accuse_no_other(tell, expected):
    """Of an instance elsewhere its rows were not read."""
    books = tell(audit_scenes.known_cloud())
    found = {host: places(comparing.compare(audit_scenes.only(books, host)))
             for host in ('h0', 'h1', 'h2')}
    assert {each for places_of in found.values() for each in places_of} == {
        each for each in expected if each[0] not in OF_ALL}
    assert sum(map(len, found.values())) == len(
        [each for each in expected if each[0] not in OF_ALL])


def test_the_server_of_a_lost_device_is_well_where_it_is():
    books = audit_scenes.only(audit_lies.left_behind_by_a_move(
        audit_scenes.known_cloud()), 'h1')
    assert {each.host for each in books.instances} == {'h0', 'h1'}
    assert [each.kind for each in comparing.compare(books)] == [
        Kind.OWNER_ELSEWHERE]


def test_a_port_that_went_on_to_another_host_is_not_looked_at():
    """Neither is its new server read."""
    books = audit_lies.change(
        audit_scenes.known_cloud(), 'ports',
        lambda each: each.instance == audit_scenes.A.uuid,
        instance=audit_scenes.name_of('new'), host='h2')
    books = audit_lies.add(books, 'instances', dataclasses.replace(
        books.instances[0], uuid=audit_scenes.name_of('new'), host='h2',
        requests=()))
    assert comparing.compare(audit_scenes.only(books, 'h0')) == ()


def calls(work, *arguments):
    """Count the calls that work takes, as a measure of its effort."""
    count = itertools.count()
    sys.setprofile(lambda *_: next(count))
    try:
        work(*arguments)
    finally:
        sys.setprofile(None)
    return next(count)


def crowded(size):
    """Return a host on which much is in doubt and much is lacking."""
    servers = [audit_scenes.Server(name=f's{number}', host='h0', gpus=1)
               for number in range(size)]
    builder = audit_scenes.Builder(['h0'], size, 0)
    for server in servers:
        assert builder.add(server)
    books = builder.books()
    lost = {server.uuid for server in servers[::2]}
    strange = {server.uuid for server in servers[1::4]}
    books = audit_lies.change(
        books, 'rows', lambda row: row.owner in lost, owner=None,
        request_id=None, status='available')
    return audit_lies.change(books, 'rows', lambda row: row.owner in strange,
                             owner=audit_lies.STRANGER)


def test_effort_grows_with_the_books():
    """And not with the devices of a host times its instances."""
    small, large = (calls(comparing.compare, crowded(size))
                    for size in (30, 90))
    assert large < 4 * small


def test_every_kind_has_a_lie():
    assert {kind for _, _, expected in audit_lies.LIES
            for kind, _, _ in expected} == set(Kind)


@pytest.mark.parametrize('tell', [
    audit_lies.freed_under_its_server, audit_lies.claimed_for_ever,
    audit_lies.one_more_than_it_has, audit_lies.owned_and_not_allocated,
    audit_lies.left_behind_by_a_move, audit_lies.port_that_names_no_device,
    audit_lies.surplus_on_the_host_that_a_server_left,
    audit_lies.request_of_another_name, audit_lies.guest_without_its_device])
@pytest.mark.parametrize('values', [
    {'task_state': 'deleting'}, {'vm_state': 'building'}],
    ids=['a task', 'a build'])
def test_what_is_under_way_is_left_alone(tell, values):
    told = tell(audit_scenes.known_cloud())
    servers = {audit_scenes.A.uuid, audit_scenes.B.uuid}
    books = audit_lies.change(
        told, 'instances', lambda each: each.uuid in servers, **values)
    assert comparing.compare(books) == ()


def attached(step):
    """Return books while a port is attached: claimed, bound, in the guest.

    Neither has the instance the request yet, nor does it have a task.
    """
    books = audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', audit_lies.FREE_PORT_VF,
        status='claimed', owner=audit_scenes.A.uuid, request_id='new')
    if step == 'claimed':
        return books
    books = audit_lies.add(books, 'ports', Port(
        id='new', instance=audit_scenes.A.uuid, host='h0',
        vnic_type='direct', slot=audit_lies.FREE_PORT_VF, ids='8086:154c'))
    return books if step == 'bound' else audit_lies.guests(
        books, 'h0', audit_scenes.A, hostdevs=lambda each: (
            *each.hostdevs, audit_lies.FREE_PORT_VF))


@pytest.mark.parametrize('step', ['claimed', 'bound', 'in the guest'])
def test_a_port_that_is_being_attached_is_left_alone(step):
    books = attached(step)
    assert Kind.ROW_WITHOUT_REQUEST in {
        each.kind for each in comparing.compare(books)}
    assert comparing.compare(dataclasses.replace(
        books, acted_on=(audit_scenes.A.uuid,))) == ()


@pytest.mark.parametrize('tell', [
    audit_lies.owned_by_a_stranger, audit_lies.allocated_to_a_stranger,
    audit_lies.port_of_a_server_that_is_gone])
def test_a_consumer_of_another_cell_is_no_stranger(tell):
    books = dataclasses.replace(tell(audit_scenes.known_cloud()),
                                in_flight=(audit_lies.STRANGER,))
    assert audit_lies.STRANGER not in {
        each.instance for each in comparing.compare(books)}


def test_who_is_affected_is_named():
    books = audit_lies.owned_by_a_stranger(audit_scenes.known_cloud())
    (found,) = comparing.compare(books)
    assert (found.instance, found.text, found.cure) == (
        audit_lies.STRANGER,
        f'the row is allocated for {audit_lies.STRANGER}, which does not '
        'exist', 'nova-pci audit --host h0 --repair, on h0')


@pytest.mark.parametrize('kind', list(Kind))
def test_every_kind_has_a_meaning_and_a_cure(kind):
    meaning = kinds.MEANINGS[kind]
    assert meaning.means.endswith('.') and meaning.books and meaning.cure
    assert finding.Finding(kind=kind).cure
