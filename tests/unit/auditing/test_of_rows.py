# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import comparing
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import C


def only(books):
    (found,) = comparing.compare(books)
    return found


@pytest.mark.parametrize(('tell', 'text'), [
    (audit_lies.status_that_is_none, "the row has status 'lent'"),
    (audit_lies.vf_without_parent,
     'the row has a type-VF without parent_addr'),
    (audit_lies.address_that_is_none, "the row has address 'rubbish'"),
    (audit_lies.row_of_a_node_that_is_deleted,
     'compute node 99 is deleted, the row is available'),
    (audit_lies.owned_by_nobody,
     'the row is allocated and its owner is nobody'),
    (audit_lies.vf_free_beside_its_owned_pf,
     f'the row is free, and {C.uuid} owns {audit_lies.PF_C}'),
    (audit_lies.held_for_its_owner, 'another device is there now'),
])
def test_what_is_said(tell, text):
    assert only(tell(audit_scenes.known_cloud())).text == text
