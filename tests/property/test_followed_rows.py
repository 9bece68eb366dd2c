# SPDX-License-Identifier: Apache-2.0

"""Stories of one host, told to the real tracker, against what is true.

Cards move, vanish, come back, hide their serial numbers for a report, and are
exchanged for others; nova-compute is restarted, killed at a write, or goes on
after one has failed; servers come and go.  What is true is kept beside.
"""

import os
import random

import pytest
from oslo_db import exception as db_exc

from nova_pci_ext.novaobj import device_facts
from tests import device_rows
from tests.device_rows import PCI

pytestmark = [pytest.mark.property, pytest.mark.nova]

#: NOVA_PCI_EXT_STORIES=2000 for the long form.
STORIES = int(os.environ.get('NOVA_PCI_EXT_STORIES', '60'))
STEPS = 8
#: Each of these has shown a defect.
FOUND = (263, 388, 399, 484, 1009, 2040)


def owner(number):
    return f'00000000-0000-0000-0000-{number:012}'


class Story:
    """A host, its cards by bus, and the card of each server."""

    def __init__(self, rows, seed):
        self.rows = rows
        self.dice = random.Random(seed)
        self.cards = {}
        self.known = {}
        for number in range(self.dice.randint(2, 5)):
            self.new_card(f'{number + 1:02x}')
        self.owned = {}
        self.hidden = set()
        # Cards without a serial number in the place of others, and these.
        self.mistaken = set()
        self.servers = 0
        self.tracker = device_rows.start(self.report())
        device_rows.save(self.tracker)
        for _ in range(self.dice.randint(1, len(self.cards))):
            self.boot()

    def new_card(self, bus):
        number = len(self.known)
        self.known[number] = self.dice.choice([None, f'MT{number}'])
        self.cards[bus] = number

    def report(self):
        return [device_rows.reported(
            f'0000:{bus}:00.0', capabilities={
                'vpd': {'card_serial_number': self.known[number]}}
            if self.known[number] and number not in self.hidden else {})
            for bus, number in sorted(self.cards.items())]

    def at(self, address):
        return self.cards.get(address[5:7])

    def boot(self):
        if not device_rows.pooled(self.tracker):
            return
        self.servers += 1
        uuid = owner(self.servers)
        (address,) = device_rows.claim(self.tracker, uuid, r1=(1, PCI))
        self.tracker.allocate_instance(device_rows.guest(uuid))
        device_rows.save(self.tracker)
        # Whatever is handed out is somebody's only if nothing could tell.
        self.owned[uuid] = self.at(address)

    def end(self):
        if self.owned:
            uuid = self.dice.choice(sorted(self.owned))
            self.tracker.free_instance(None, device_rows.guest(uuid))
            device_rows.save(self.tracker)
            del self.owned[uuid]

    def move(self):
        buses = self.dice.sample([f'{bus:02x}' for bus in range(1, 9)],
                                 len(self.cards))
        self.cards = dict(zip(buses, self.cards.values(), strict=True))

    def swap(self):
        if len(self.cards) > 1:
            one, two = self.dice.sample(sorted(self.cards), 2)
            self.cards[one], self.cards[two] = self.cards[two], self.cards[one]

    def lose(self):
        if len(self.cards) > 1:
            del self.cards[self.dice.choice(sorted(self.cards))]

    def exchange(self):
        self.new_card(self.dice.choice(sorted(self.cards)))

    def hide(self):
        self.hidden = {number for number in self.known
                       if self.dice.random() < .3}

    def change(self):
        """Let something happen to the cards."""
        before = dict(self.cards)
        self.hidden = set()
        getattr(self, self.dice.choice([
            'move', 'swap', 'lose', 'exchange', 'hide', 'move']))()
        owned = {dev.address[5:7]: self.owned[dev.instance_uuid]
                 for dev in self.tracker.pci_devs if dev.instance_uuid}
        for bus, number in self.cards.items():
            if self.known[number]:
                continue
            there = before.get(bus, number)
            if there != number and not self.known[there]:
                self.mistaken |= {there, number}
            # It may be the owner's, whose serial number cannot be read.
            if owned.get(bus, number) != number:
                self.mistaken |= {owned[bus], number}

    def tell(self):
        """Let the tracker read the report, whatever happens."""
        how = self.dice.choice(['goes on', 'restart', 'killed', 'fails'])
        if how in ('restart', 'killed'):
            self.tracker = device_rows.start()
        if how in ('killed', 'fails'):
            self.rows.fail(self.dice.randint(0, 6),
                           self.dice.choice(['before', 'after']))
        try:
            device_rows.sync(self.tracker, self.report())
            device_rows.save(self.tracker)
        except db_exc.DBError:
            self.rows.fix()
            if how == 'killed':
                self.tracker = device_rows.start()
            device_rows.sync(self.tracker, self.report())
            device_rows.save(self.tracker)
        self.rows.fix()

    def check(self):
        had = {dev.instance_uuid: dev for dev in self.tracker.pci_devs
               if dev.instance_uuid}
        assert had.keys() == self.owned.keys()
        assert {uuid: address for address, row in self.rows.rows.items()
                if (uuid := row['instance_uuid'])} == {
            uuid: dev.address for uuid, dev in had.items()}
        assert {uuid: [dev.address for dev in held] for uuid, held
                in self.tracker.allocations.items() if held} == {
            uuid: [dev.address] for uuid, dev in had.items()}
        for uuid, dev in had.items():
            there = self.at(dev.address)
            if device_facts.held(dev.extra_info) is None and (
                    there is not None and there != self.owned[uuid]):
                assert not self.is_told(self.owned[uuid], there)
        offered = {self.at(address)
                   for address in device_rows.pooled(self.tracker)}
        for uuid, number in self.owned.items():
            if number in offered:
                assert not self.is_shown(number)
                # It is offered where it cannot be told from another one.
                assert number in self.mistaken or (
                    self.at(had[uuid].address) is not None)

    def is_shown(self, number):
        return self.known[number] is not None and number not in self.hidden

    def is_told(self, one, other):
        return self.known[one] is not None and self.is_shown(other)


@pytest.mark.parametrize('seed', sorted({*range(STORIES), *FOUND}))
def test_nobody_gets_the_card_of_another(seed):
    with device_rows.Rows().in_place() as rows:
        story = Story(rows, seed)
        story.check()
        for _ in range(STEPS):
            story.change()
            story.tell()
            story.check()
            getattr(story, story.dice.choice(['boot', 'end', 'check']))()
            story.check()
