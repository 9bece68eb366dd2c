# SPDX-License-Identifier: Apache-2.0

"""Lies in all books at once, and their repair: a minute or two.

``test_audit`` tells every lie by itself, without the devices in Placement
too, and audits healthy clouds in five states.
"""

from nova_pci_ext.auditing.kinds import Kind
from tests.cloud import audit_lies
from tests.cloud import audit_repairs

RUNS_IN = ('placement',)
# A restarted compute finds rows that were made for the test.
EXPECTED_LOG = ('is no longer on this host', 'PCI device')


def test_a_healthy_cloud_is_lied_about_and_repaired(liar, choice):
    # Of a compute that another module had, and deleted, Nova leaves the rows.
    assert set(liar.audit(None, '--wait', '0')) <= {Kind.ROW_OF_DELETED_NODE}
    liar.audit(None, '--repair', '--yes', '--wait', '0')
    assert liar.audit_everywhere() == {}
    audit_repairs.check(liar, audit_lies.told(choice, audit_lies.REPAIRED),
                        audit_repairs.Kill('repaired', 3), 3)
