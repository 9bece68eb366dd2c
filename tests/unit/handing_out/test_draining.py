# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext.handing_out import draining
from nova_pci_ext.handing_out.draining import Place
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.model.health import AcceptedFacts

PF, VF_0, VF_1 = '0000:81:00.0', '0000:81:02.0', '0000:81:02.1'
GPU = '0000:41:00.0'


def host(pf=PF, serial='S1', gpu=GPU, gpu_serial='G1'):
    """Return a card with two VFs, and a GPU."""
    bus = pf[:8]
    return [Place(pf, None, serial), Place(f'{bus}02.0', pf, serial),
            Place(f'{bus}02.1', pf, serial), Place(gpu, None, gpu_serial)]


def mark(address=PF, reason='bad fan', card=None):
    return Mark(address=address, reason=reason, card=card)


def why(marks, places):
    return {address: drain.reason for address, drain
            in draining.drains(marks, places).items()}


@pytest.mark.parametrize(('marks', 'expected'), [
    ([], {}),
    ([mark(GPU)], {GPU: 'bad fan'}),
    ([mark(PF)], {PF: 'bad fan',
                  VF_0: f'its PF {PF} is drained: bad fan',
                  VF_1: f'its PF {PF} is drained: bad fan'}),
    ([mark(VF_0)], {VF_0: 'bad fan',
                    PF: f'its part {VF_0} is drained: bad fan'}),
    ([mark(PF), mark(VF_0, 'bad queue')], {
        PF: 'bad fan', VF_0: 'bad queue',
        VF_1: f'its PF {PF} is drained: bad fan'}),
    ([mark(None, 'new kernel'), mark(GPU)], {
        PF: 'new kernel', VF_0: 'new kernel', VF_1: 'new kernel',
        GPU: 'bad fan'}),
    ([mark('0000:99:00.0')], {}),
], ids=['nothing', 'a device', 'a PF takes its VFs along',
        'a VF, and its PF that cannot be given whole', 'the own mark first',
        'the host', 'a device that is not there'])
def test_what_is_drained(marks, expected):
    assert why(marks, host()) == expected


def test_a_pf_that_is_not_handed_out_takes_its_vfs_along():
    assert why([mark(PF)], host()[1:3]) == {
        VF_0: f'its PF {PF} is drained: bad fan',
        VF_1: f'its PF {PF} is drained: bad fan'}


CARD = CardFunction(serial='S1', function=0)
SECOND = CardFunction(serial='S1', function=0, offset=0x11)


@pytest.mark.parametrize(('card', 'places', 'expected'), [
    (CARD, host('0000:41:00.0', 'S1', '0000:81:00.0', 'G1'), 3),
    (CARD, host('0000:41:00.0', 'S1', '0000:81:00.0', None), 3),
    (CARD, host('0000:41:00.0', None, '0000:81:00.0', 'G1'), 1),
    (CARD, host('0000:81:00.0', 'S2', '0000:41:00.0', 'G1'), 3),
], ids=['two cards have changed places', 'the other has no number',
        'nobody knows which it is', 'another card is in the slot'])
def test_a_mark_follows_the_card_where_that_is_certain(
        card, places, expected):
    found = draining.drains([mark(PF, card=card)], places)
    assert len(found) == expected
    assert ('0000:41:00.0' in found) == (
        expected == 3 and places[0].address == '0000:41:00.0')


def test_a_mark_of_a_vf_follows_its_card():
    there = host('0000:c1:00.0')
    vf = there[2]
    assert draining.card_function(vf) == SECOND
    assert set(draining.drains([mark(VF_1, card=SECOND)], there)) == {
        vf.address, '0000:c1:00.0'}


def test_a_number_that_two_cards_have_says_nothing():
    places = [Place('0000:41:00.0', None, 'S1'),
              Place('0000:c1:00.0', None, 'S1'), Place(PF, None, 'S2')]
    assert set(draining.drains([mark(PF, card=CARD)], places)) == {PF}


@pytest.mark.parametrize(('place', 'expected'), [
    (Place(PF), None),
    (Place(PF, None, 'blanked-1'), None),
    (Place('0000:81:00.1', None, 'S1'),
     CardFunction(serial='S1', function=1)),
    (Place('0000:82:00.0', PF, 'S1'),
     CardFunction(serial='S1', function=0, offset=0x100)),
], ids=['no number', 'a blanked one', 'a second port', 'a VF on another bus'])
def test_what_a_device_is(place, expected):
    assert draining.card_function(place) == expected


def test_a_card_at_the_end_of_its_domain_is_where_it_was():
    far = CardFunction(serial='S1', function=0, offset=0x10000)
    assert set(draining.drains([mark(PF, card=far)], [
        Place(PF, None, 'S2'), Place('0000:ff:00.0', None, 'S1')])) == {PF}


def test_each_mark_that_bears_on_a_device_is_known():
    marks = [mark(None, 'new kernel'), mark(VF_0, 'bad queue'), mark(PF)]
    assert {address: [drain.mark.reason for drain in found]
            for address, found in draining.all_drains(marks, host()).items()
            } == {PF: ['bad fan', 'new kernel', 'bad queue'],
                  VF_0: ['bad queue', 'bad fan', 'new kernel'],
                  VF_1: ['bad fan', 'new kernel'], GPU: ['new kernel']}


HEALTHS = Mark(address=PF, reason='r', origin=Origin.HEALTH)


@pytest.mark.parametrize(('gone', 'expected'), [
    ([mark(PF)], []),
    ([HEALTHS], [Accepted(address=PF)]),
    ([HEALTHS, mark(PF), mark(None)], [Accepted(address=PF)]),
], ids=["an operator's", 'of health', 'all'])
def test_what_was_drained_for_its_health_is_accepted(gone, expected):
    marks = Marks(drained=(mark(PF), HEALTHS, mark(None)))
    found = draining.undrained(marks, gone)
    assert found.drained == tuple(
        each for each in marks.drained if each not in gone)
    assert list(found.accepted) == expected


def test_what_was_accepted_before_is_replaced():
    old = Accepted(address=PF, facts=AcceptedFacts(fatal=1))
    other = Accepted(address=GPU, facts=AcceptedFacts(fatal=2))
    found = draining.undrained(
        Marks(drained=(HEALTHS,), accepted=(old, other)), [HEALTHS])
    assert found.accepted == (other, Accepted(address=PF))
    moved = dataclasses.replace(HEALTHS, card=CARD)
    found = draining.undrained(Marks(drained=(moved,), accepted=(
        Accepted(address=GPU, card=CARD),)), [moved])
    assert found.accepted == (Accepted(address=PF, card=CARD),)


@pytest.mark.parametrize(('card', 'places', 'expected'), [
    (None, host(), PF),
    (CARD, host(), PF),
    (CARD, host('0000:c1:00.0'), '0000:c1:00.0'),
    (CARD, host(PF, 'S2'), None),
    (CARD, [*host(), Place('0000:c1:00.0', None, 'S1')], None),
], ids=['by its address', 'where it was', 'where it is',
        'another card in the slot', 'two cards of one number'])
def test_only_the_card_itself_is_accepted(card, places, expected):
    each = Accepted(address=PF, card=card)
    assert draining.accepted_at([each], places) == (
        {expected: each} if expected else {})
