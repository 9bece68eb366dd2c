# SPDX-License-Identifier: Apache-2.0

"""Random sequences of moves on records, against books kept by hand.

The books know only which instance has which device for which request, and
which devices are gone.  What each device must be is worked out from them
without any of the code under test, after every operation.
"""

import collections
import dataclasses
import itertools
import os

import pytest
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import settings
from hypothesis import stateful
from hypothesis import strategies as st

from nova_pci_ext import claims
from nova_pci_ext import exceptions
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.claim import OWNED

pytestmark = pytest.mark.property

# 20,000 operations and more in the long form:
#   NOVA_PCI_EXT_CLAIMS_RUNS=1000 pytest tests/property/test_claims.py
RUNS = int(os.environ.get('NOVA_PCI_EXT_CLAIMS_RUNS', '60'))
STEPS = 50
# To shrink a failure takes minutes; the long form shows it as it was found.
PHASES = [Phase.generate] if RUNS > 60 else [Phase.generate, Phase.shrink]

FAMILIES = {'a': ('a0', 'a1', 'a2'), 'b': ('b0', 'b1'), 'alone': ()}
PARENTS = {child: parent for parent, children in FAMILIES.items()
           for child in children}
HOST = (*FAMILIES, *PARENTS, 'orphan')
INSTANCES = ('i1', 'i2', 'i3')
TARGETS = {Move.CLAIM: ClaimState.CLAIMED,
           Move.ALLOCATE: ClaimState.ALLOCATED,
           Move.FREE: ClaimState.AVAILABLE,
           Move.REMOVE: ClaimState.REMOVED,
           Move.DELETE: ClaimState.DELETED}

addresses = st.sampled_from(HOST)
instances = st.sampled_from(INSTANCES)
# Moves that meet each other need few addresses.
sequences = st.one_of(*(
    st.lists(st.tuples(st.sampled_from(list(Move)), st.sampled_from(among)),
             min_size=1, max_size=4)
    for among in (HOST, ('a', 'a0'), ('a0', 'a1'), ('alone',))))


@dataclasses.dataclass(frozen=True)
class Books:
    """What is so: address to (state, owner, request), if owned or gone."""

    entries: dict[str, tuple[ClaimState, str | None, str | None]]

    def relatives(self, address):
        return (*FAMILIES.get(address, ()),
                *((PARENTS[address],) if address in PARENTS else ()))

    def held_by_relative(self, address):
        """The strongest state of an owned relative, None without one."""
        held = {self.entries[relative][0]
                for relative in self.relatives(address)
                if relative in self.entries} & OWNED
        return min(held, default=None, key=[
            ClaimState.ALLOCATED, ClaimState.CLAIMED].index)

    def state(self, address):
        if address in self.entries:
            return self.entries[address][0]
        return {None: ClaimState.AVAILABLE,
                ClaimState.CLAIMED: ClaimState.UNCLAIMABLE,
                ClaimState.ALLOCATED: ClaimState.UNAVAILABLE,
                }[self.held_by_relative(address)]

    def owner(self, address):
        return self.entries.get(address, (None, None, None))[1]

    def records(self):
        return {address: DeviceClaim(
            address=address, state=self.state(address),
            owner=self.owner(address),
            request_id=self.entries.get(address, (None, None, None))[2],
            parents=(PARENTS[address],) if address in PARENTS else (),
            children=FAMILIES.get(address, ()))
            for address in HOST}

    def allows(self, move, address, instance):
        """Whether a move is legal, as an operator would say it."""
        state, owner = self.state(address), self.owner(address)
        match move:
            case Move.CLAIM:
                return (address not in self.entries
                        and not self.held_by_relative(address))
            case Move.ALLOCATE:
                return (state is ClaimState.CLAIMED and owner == instance
                        and not self.held_by_relative(address))
            case Move.FREE:
                return state in OWNED and instance in (None, owner)
            case Move.REMOVE:
                return address not in self.entries
            case Move.DELETE:
                return state is ClaimState.REMOVED

    def after(self, move, address, instance, request_id):
        entries = dict(self.entries)
        _, owner, request = entries.pop(address, (None, None, None))
        if move is Move.CLAIM:
            owner, request = instance, request_id
        elif move is not Move.ALLOCATE:
            owner = request = None
        if move is not Move.FREE:
            entries[address] = (TARGETS[move], owner, request)
        return Books(entries)


class ClaimsMachine(stateful.RuleBasedStateMachine):
    """Plans that are asked for in any order, and applied if legal."""

    operations = collections.Counter()

    def __init__(self):
        super().__init__()
        self.books = Books({})
        self.devices = self.books.records()
        # What each instance was promised: request id to its devices.
        self.promised = collections.defaultdict(dict)
        self.requests = (f'r{number}' for number in itertools.count())

    def legal(self, steps, instance, request_ids):
        """The books after all steps, None if one of them is not legal.

        What depends on a relative becomes available when the whole plan is
        made, not between its steps: a VF is not claimed in the plan that
        frees its PF.
        """
        books = self.books
        moved = set()
        for move, address in steps:
            if not books.allows(move, address, instance):
                return None
            if move is Move.CLAIM and address not in moved and (
                    not self.books.allows(move, address, instance)):
                return None
            moved.add(address)
            books = books.after(
                move, address, instance, request_ids.get(address))
        return books

    def run_plan(self, steps, instance):
        """Plan, compare with the books, and apply a legal plan.

        :returns: whether it was legal
        """
        request_ids = {address: next(self.requests)
                       for move, address in steps if move is Move.CLAIM}
        before = dict(self.devices)
        expected = self.legal(steps, instance, request_ids)
        try:
            changed = claims.plan(steps, self.devices, owner=instance,
                                  request_ids=request_ids)
        except exceptions.ClaimError:
            assert expected is None
            assert self.devices == before
            self.operations['refused'] += 1
            return False
        assert expected is not None
        assert self.devices == before
        wanted = expected.records()
        assert changed == {address: wanted[address] for address in HOST
                           if wanted[address] != before[address]}
        self.devices |= changed
        self.books = expected
        self.operations['applied'] += 1
        return True

    def owned_by(self, instance):
        return [address for address, device in self.devices.items()
                if device.owner == instance]

    # Moves

    @stateful.rule(instance=instances, steps=sequences)
    def anything(self, instance, steps):
        """A sequence that nobody should ask for, too."""
        self.run_plan(steps, instance)
        self.promised.clear()
        for address, (_, owner, request) in self.books.entries.items():
            if owner is not None:
                self.promised[owner].setdefault(request, set()).add(address)

    @stateful.rule(instance=instances, wanted=st.lists(
        addresses, min_size=1, max_size=3, unique=True))
    def claim(self, instance, wanted):
        before = set(self.owned_by(instance))
        if self.run_plan([(Move.CLAIM, one) for one in wanted], instance):
            assert set(self.owned_by(instance)) == before | set(wanted)
            for address in wanted:
                self.promised[instance][
                    self.devices[address].request_id] = {address}

    @stateful.rule(instance=instances, wanted=st.lists(
        addresses, min_size=1, max_size=3, unique=True))
    def claim_and_free(self, instance, wanted):
        """A free after a claim restores every record."""
        before = dict(self.devices)
        if self.run_plan([(Move.CLAIM, one) for one in wanted], instance):
            assert self.run_plan(
                [(Move.FREE, one) for one in wanted], instance)
        assert self.devices == before

    @stateful.rule(instance=instances)
    def allocate(self, instance):
        assert self.run_plan(
            [(Move.ALLOCATE, one) for one in self.owned_by(instance)
             if self.devices[one].state is ClaimState.CLAIMED], instance)

    @stateful.rule(instance=instances)
    def free(self, instance):
        assert self.run_plan([(Move.FREE, one)
                              for one in self.owned_by(instance)], instance)
        assert self.owned_by(instance) == []
        self.promised.pop(instance, None)

    @stateful.rule(instance=instances, owner=instances,
                   move=st.sampled_from([Move.ALLOCATE, Move.FREE]))
    def meddle(self, instance, owner, move):
        """Nobody moves what another instance has."""
        for address in self.owned_by(owner):
            if instance != owner:
                assert not self.run_plan([(move, address)], instance)
                self.operations['meddled'] += 1

    @stateful.rule(alive=st.sets(instances))
    def clean_usage(self, alive):
        """What does not exist any more is freed, whoever it was."""
        lost = [address for address, device in self.devices.items()
                if device.owner is not None and device.owner not in alive]
        assert self.run_plan([(Move.FREE, one) for one in lost], None)
        assert {device.owner for device in self.devices.values()} <= {
            None, *alive}
        for instance in set(INSTANCES) - alive:
            self.promised.pop(instance, None)

    # The host

    @stateful.rule(vanished=st.sets(addresses, max_size=3))
    def unplug(self, vanished):
        """Devices go unless they are owned."""
        steps = [(Move.REMOVE, one) for one in sorted(vanished)
                 if one not in self.books.entries]
        assert self.run_plan(steps, None)

    @stateful.rule()
    def delete_rows(self):
        assert self.run_plan(
            [(Move.DELETE, address)
             for address, device in self.devices.items()
             if device.state is ClaimState.REMOVED], None)

    @stateful.rule()
    def plug(self):
        """Every device that is gone is back, as a new record."""
        back = [address for address, device in self.devices.items()
                if device.state in GONE]
        self.books = Books({
            address: entry for address, entry in self.books.entries.items()
            if address not in back})
        for address in back:
            self.devices[address] = dataclasses.replace(
                self.devices[address], state=ClaimState.AVAILABLE)
        self.devices |= claims.settle(back, self.devices)

    @stateful.rule(wrong=st.dictionaries(addresses, st.tuples(
        st.sampled_from(sorted({ClaimState.AVAILABLE, *DEPENDENT})),
        st.one_of(instances, st.none()))))
    def crash(self, wrong):
        """Rows of devices without an owner may be left in any state."""
        for address, (state, owner) in wrong.items():
            if address not in self.books.entries:
                self.devices[address] = dataclasses.replace(
                    self.devices[address], state=state, owner=owner)
        self.devices |= claims.settle(HOST, self.devices)
        self.operations['crashed'] += 1

    # What must always hold

    @stateful.invariant()
    def operations_are_counted(self):
        self.operations['done'] += 1

    @stateful.invariant()
    def records_are_what_the_books_say(self):
        assert self.devices == self.books.records()
        assert claims.settle(HOST, self.devices) == {}

    @stateful.invariant()
    def a_device_has_an_owner_exactly_if_it_is_owned(self):
        for device in self.devices.values():
            assert (device.owner is not None) == (device.state in OWNED)
            assert (device.request_id is not None) == (device.state in OWNED)

    @stateful.invariant()
    def a_pf_and_its_vf_are_never_both_owned(self):
        for child, parent in PARENTS.items():
            assert not (self.devices[child].state in OWNED
                        and self.devices[parent].state in OWNED)

    @stateful.invariant()
    def available_and_owned_and_dependent_are_all(self):
        """What could be given out is what the pools must hold."""
        for address, device in self.devices.items():
            relatives = self.books.relatives(address)
            held = any(self.devices[one].state in OWNED for one in relatives)
            if device.state not in OWNED | GONE:
                assert (device.state in DEPENDENT) == held
                assert (device.state is ClaimState.AVAILABLE) == (not held)

    @stateful.invariant()
    def instances_have_what_they_were_promised(self):
        for instance in INSTANCES:
            held = collections.defaultdict(set)
            for address in self.owned_by(instance):
                held[self.devices[address].request_id].add(address)
            assert held == self.promised.get(instance, {})


class TestClaims(ClaimsMachine.TestCase):
    """Runs the machine, and prints what it did."""

    settings = settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None,
        database=None, report_multiple_bugs=False, phases=PHASES,
        suppress_health_check=list(HealthCheck))

    def runTest(self):
        ClaimsMachine.operations.clear()
        super().runTest()
        print(dict(ClaimsMachine.operations))


def test_each_kind_of_operation_is_compared_with_the_books():
    """By hand: which ones a random run holds is nobody's to say."""
    ClaimsMachine.operations.clear()
    machine = ClaimsMachine()
    machine.claim(instance='i1', wanted=['a0'])
    machine.allocate(instance='i1')
    machine.claim(instance='i2', wanted=['a'])
    machine.meddle(instance='i2', owner='i1', move=Move.FREE)
    machine.crash(wrong={'a1': (ClaimState.UNAVAILABLE, 'i3')})
    machine.free(instance='i1')
    machine.unplug(vanished={'alone'})
    machine.delete_rows()
    machine.plug()
    machine.records_are_what_the_books_say()
    assert ClaimsMachine.operations == {
        'applied': 5, 'refused': 2, 'meddled': 1, 'crashed': 1}
