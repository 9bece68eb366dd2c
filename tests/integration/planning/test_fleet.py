# SPDX-License-Identifier: Apache-2.0

"""Hosts that are asked many questions."""

import pytest

from nova_pci_ext.planning import fleet
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def test_a_fresh_host_is_used_up_alone():
    with recorded.fleet(recorded.host('nic')) as found:
        spec = found.spec(recorded.server('vf:6'))
        asking = found.explainer(spec)
        (one,) = found.hosts(spec)
        first = fleet.fresh(one.host)
        assert [asking.take(host) for host in (
            first, first, fleet.fresh(one.host))] == [True, False, True]


def test_owners_leave_together():
    with recorded.fleet(recorded.host('busy'), recorded.host('nic')) as found:
        asked = found.hosts(found.spec(recorded.server('pf:2')))
        busy, nic = (fleet.together(each.host) for each in asked)
        assert (busy.owners(), nic.owners()) == (('all',), ())
        assert busy.without(('all',)).owners() == ()
