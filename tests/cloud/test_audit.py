# SPDX-License-Identifier: Apache-2.0

"""Lies in the books of the cloud: found by command, repaired, and no more.

Without and with the devices in Placement. ``test_audit_at_once`` is the short
way.
"""

import pytest

from nova_pci_ext.auditing.kinds import Kind
from tests.cloud import audit_lies
from tests.cloud import audit_repairs
from tests.cloud import audit_states
from tests.cloud import auditor

# A restarted compute finds rows that were made for the test.
EXPECTED_LOG = ('is no longer on this host', 'PCI device')


@pytest.fixture
def audit(place, scene, records, tmp_path):
    made = auditor.Auditor(place, scene, records, tmp_path)
    yield made
    made.end()


@pytest.mark.parametrize('state', audit_states.STATES,
                         ids=lambda each: each.__name__)
def test_of_a_healthy_cloud_nothing_is_said(
        audit, scene, records, place, state):
    """A server in ERROR keeps what it has, and so may be looked at."""
    with state(scene, records, place):
        audit.wait_for_agreement()
        assert audit.audit_everywhere() == {}


def test_every_kind_is_told():
    assert {kind for each in audit_lies.LIES for kind in each.kinds} == (
        set(Kind) - audit_lies.NOT_TOLD)


def test_each_lie_is_found_and_nothing_else(liar, choice):
    hosts = {'host': liar.host, 'other': liar.other, 'all': None}
    assert [liar.audit(each) for each in hosts.values()] == [[]] * 3
    liar.stop()
    wrong, lies = {}, audit_lies.told(choice, audit_lies.LIES)
    for number, lie in enumerate(lies):
        with liar.unchanged():
            lie.tell(liar)
            seen = liar.audit(hosts[lie.where], '--wait', '0')
            if seen != sorted(lie.kinds):
                wrong[number] = lie.kinds, seen
    print(f'{len(lies)} lies told one at a time')
    assert wrong == {}
    assert [liar.audit(each) for each in hosts.values()] == [[]] * 3


# What is said for the n-th time when the command is killed, and how many
# repairs are made then.
@pytest.mark.parametrize(('line', 'number', 'made'), [
    ('repairing ', 2, 1), ('repaired', 3, 3), ('repairing ', 6, 5)])
def test_repairs_that_are_killed_go_on(liar, choice, line, number, made):
    """The guests keep what they have throughout."""
    audit_repairs.check(liar, audit_lies.told(choice, audit_lies.REPAIRED),
                        audit_repairs.Kill(line, number), made)
