# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import ledger as ledgers
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A
from tests.audit_scenes import B


def opened(books=None):
    return ledgers.Ledger(books or audit_scenes.known_cloud())


def test_what_is_under_way_is_busy():
    mover = audit_scenes.Server(name='m', host='h1', moving_to='h2', gpus=1)
    ledger = opened(audit_scenes.known_cloud(more=[mover]))
    assert ledger.busy == {mover.uuid, audit_scenes.name_of('move', 'm')}
    assert ledger.busy_hosts == {'h1', 'h2'}
    assert ledger.at_rest(mover.uuid) is None
    assert ledger.at_rest(A.uuid).uuid == A.uuid


@pytest.mark.parametrize('state', ['error', 'deleted', 'shelved_offloaded'])
def test_an_instance_without_devices_of_its_own_is_not_at_rest(state):
    books = audit_lies.change(
        audit_scenes.known_cloud(), 'instances',
        lambda each: each.uuid == A.uuid, vm_state=state)
    assert opened(books).at_rest(A.uuid) is None


def test_witnesses_are_those_of_all_books():
    books = audit_lies.rewrite(
        audit_scenes.known_cloud(), 'h0', audit_lies.PORT_VF_A,
        owner=B.uuid)
    ledger = opened(books)
    row = ledger.by_place['h0', audit_lies.PORT_VF_A]
    assert ledger.witnesses(row) == {A.uuid, B.uuid}


def test_what_an_instance_lacks_is_counted_by_request():
    books = audit_lies.freed_under_its_server(audit_scenes.known_cloud())
    ledger = opened(books)
    assert ledgers.shortages(ledger, ledger.instances[A.uuid]) == {
        audit_scenes.name_of('a', 'gpu'): 1}
    assert ledgers.shortages(ledger, ledger.instances[B.uuid]) == {}
