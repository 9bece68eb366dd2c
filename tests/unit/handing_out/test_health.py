# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.handing_out import health
from nova_pci_ext.model.health import AcceptedFacts
from nova_pci_ext.model.health import Facts
from nova_pci_ext.model.health import FaultKind

WHOLE = Facts(driver='ice', vfs=8)
SLOW = {'speed': 2.5, 'max_speed': 16.0}


@pytest.mark.parametrize(('now', 'before', 'expected'), [
    (Facts(), None, []),
    (Facts(fatal=0, nonfatal=0, width=16, max_width=16, speed=16.0,
           max_speed=16.0, driver='ice', vfs=8), WHOLE, []),
    (Facts(fatal=1), None, ['1 fatal PCIe error since the host started']),
    (Facts(nonfatal=9), None,
     ['9 uncorrected PCIe errors since the host started']),
    (Facts(nonfatal=10), None,
     ['10 or more uncorrected PCIe errors since the host started']),
    (Facts(nonfatal=8888), None,
     ['1000 or more uncorrected PCIe errors since the host started']),
    (Facts(width=4, max_width=16), None, ['link has 4 of 16 lanes']),
    (Facts(**SLOW, class_code='020000'), None,
     ['link runs at 2.5 of 16 GT/s']),
    (Facts(**SLOW), None, ['link runs at 2.5 of 16 GT/s']),
    (Facts(**SLOW, class_code='030200'), None, []),
    (Facts(**SLOW, class_code='120000'), None, []),
    (Facts(width=0, max_width=16), None, ['does not answer']),
    (Facts(width=63, max_width=63, speed=2.5, max_speed=2.5), None,
     ['does not answer']),
    (Facts(width=0, max_width=255), None, []),
    (Facts(width=8, max_width=255), None, []),
    (Facts(width=8, speed=8.0), None, []),
    (Facts(vfs=8), WHOLE, ['lost its driver ice']),
    (Facts(driver='ice'), WHOLE, ['lost its 8 VFs']),
    (Facts(driver='ice', vfs=2), WHOLE, []),
    (Facts(), WHOLE, ['lost its driver ice', 'lost its 8 VFs']),
    (Facts(), None, []),
], ids=['nothing is known', 'all well', 'fatal', 'uncorrected', 'ten',
        'thousands', 'lanes', 'speed', 'speed of no known class',
        'speed of a GPU', 'speed of an accelerator', 'a link that is down',
        'all bits are one', 'a device without a link',
        'nobody knows what the link can', 'no capability', 'no driver',
        'no VFs', 'fewer VFs, as somebody wanted', 'neither',
        'a device without a driver'])
def test_what_is_a_fault(now, before, expected):
    found = health.faults(now, before)
    assert [fault.words for fault in found] == expected
    assert [fault.kind for fault in found] == sorted(
        (fault.kind for fault in found), key=list(FaultKind).index)


def bad(now, accepted=None, before=None, in_use=0):
    return [fault.kind.value for fault in health.to_drain(
        health.faults(now, before, in_use=in_use), now, accepted)]


@pytest.mark.parametrize(('now', 'accepted', 'expected'), [
    (Facts(fatal=1, nonfatal=2), None, ['fatal', 'nonfatal']),
    (Facts(fatal=1), AcceptedFacts(), ['fatal']),
    (Facts(fatal=1), AcceptedFacts(fatal=1), []),
    (Facts(fatal=2), AcceptedFacts(fatal=1), ['fatal']),
    (Facts(nonfatal=2), AcceptedFacts(fatal=2), ['nonfatal']),
    (Facts(nonfatal=2), AcceptedFacts(nonfatal=5), []),
    (Facts(width=4, max_width=16), AcceptedFacts(width=4), []),
    (Facts(width=2, max_width=16), AcceptedFacts(width=4), ['lanes']),
    (Facts(width=4, max_width=16), AcceptedFacts(fatal=4), ['lanes']),
    (Facts(width=4, max_width=16), AcceptedFacts(width=16), ['lanes']),
    (Facts(**SLOW), AcceptedFacts(speed=2.5), []),
    (Facts(**SLOW), AcceptedFacts(speed=8), ['speed']),
    (Facts(**SLOW), AcceptedFacts(), ['speed']),
    (Facts(width=63), AcceptedFacts(width=63), ['no_answer']),
], ids=['nothing accepted', 'no number', 'the same', 'one more', 'others',
        'fewer', 'the link', 'a worse link', 'errors only',
        'accepted when whole', 'the speed', 'a lower speed',
        'no speed', 'a card that is not there'])
def test_for_what_a_card_is_drained(now, accepted, expected):
    assert bad(now, accepted) == expected


@pytest.mark.parametrize(('in_use', 'expected'), [
    (0, []), (1, ['driver', 'vfs'])])
def test_what_an_operator_may_have_wanted_drains_nothing(in_use, expected):
    """VFs that servers have are not taken away on purpose."""
    assert len(health.faults(Facts(), WHOLE)) == 2
    assert bad(Facts(), before=WHOLE, in_use=in_use) == expected
    assert bad(Facts(), AcceptedFacts(), WHOLE, in_use) == expected


def test_what_is_accepted_is_what_there_is():
    now = Facts(fatal=1, nonfatal=2, width=4, max_width=16, **SLOW)
    assert bad(now) == ['fatal', 'nonfatal', 'lanes', 'speed']
    assert bad(now, health.accepting(now)) == []


@pytest.mark.parametrize(('accepted', 'now', 'expected'), [
    (AcceptedFacts(fatal=3, width=4), Facts(fatal=5, width=8),
     AcceptedFacts(fatal=3, width=4)),
    (AcceptedFacts(fatal=3, nonfatal=2), Facts(fatal=1, nonfatal=0),
     AcceptedFacts(fatal=1, nonfatal=0)),
    (AcceptedFacts(fatal=3), Facts(nonfatal=1), AcceptedFacts(fatal=3)),
    (AcceptedFacts(), Facts(fatal=1), AcceptedFacts()),
], ids=['more', 'the host was started anew', 'not known now', 'never known'])
def test_counters_that_fell_have_started_anew(accepted, now, expected):
    assert health.renewed(accepted, now) == expected
