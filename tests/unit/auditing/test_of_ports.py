# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import comparing
from tests import audit_lies
from tests import audit_scenes
from tests.audit_scenes import A


@pytest.mark.parametrize(('tell', 'text'), [
    (audit_lies.port_that_names_another_device,
     'it names 0000:3b:00.5 (8086:154c), and 0000:3b:00.1 (8086:154c) is '
     'owned for it'),
    (audit_lies.port_that_names_other_ids,
     'it names 0000:3b:00.1 (15b3:1018), and 0000:3b:00.1 (8086:154c) is '
     'owned for it'),
    (audit_lies.port_that_names_another_host,
     'it is bound to h1, and the instance is on h0'),
    (audit_lies.port_of_nobody_with_a_device,
     'it names 0000:3b:00.5, and is the port of nobody'),
])
def test_what_is_said(tell, text):
    (found,) = comparing.compare(tell(audit_scenes.known_cloud(vfs=5)))
    assert found.text == text


def test_a_port_that_another_server_has_by_now_is_not_compared():
    books = audit_lies.change(
        audit_scenes.known_cloud(), 'ports',
        lambda each: each.instance == A.uuid,
        instance=audit_scenes.B.uuid)
    assert comparing.compare(books) == ()
