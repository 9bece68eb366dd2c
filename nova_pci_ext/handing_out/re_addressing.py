# SPDX-License-Identifier: Apache-2.0

"""Which owned devices have another address now, and which may have.

An owner keeps the device, not the address.  Its row goes to where the device
is for certain.  Where that is not certain, nobody gets any device that could
be meant, until it is certain or the owner is gone.
"""

import collections
import dataclasses
import functools
from collections.abc import Collection
from collections.abc import Mapping

from nova_pci_ext.handing_out import same_device
from nova_pci_ext.handing_out import waiting_rows
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.identity import Identity

_UNCERTAIN = 'it is not certain that the same device is there'
_Type = tuple[str | None, str | None, str | None]
_Kind = tuple[str | None, str | None, str | None, int]
#: By product and type: a device, and the PFs of all of them.
_Heads = dict[_Type, tuple[Identity, set[str]]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A device as its row has it.

    :ivar head: address of its PF, or its own
    :ivar is_owned: whether an instance has it
    :ivar is_held: whether it was held after an earlier report; what is
        nobody's may be an owner's device
    :ivar is_made: whether it is nobody's, and of a move that was not
        carried out: what is there now was written into it for that
    """

    identity: Identity
    head: str
    is_owned: bool = False
    is_held: bool = False
    is_made: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A device as the host reports it.

    :ivar head: address of its PF, or its own
    :ivar is_named: whether ``device_spec`` names it
    """

    identity: Identity
    head: str
    is_named: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of the rows and devices of a host.

    :ivar moves: old address of an owned device to its new one
    :ivar waiting: old address of an owned device that is nowhere for certain
        to that at which its row waits, because another device is there now;
        it is held
    :ivar held: address to the reason why nobody gets what is there; its
        owner, if it has one, keeps it, and cannot be started with it
    """

    moves: Mapping[str, str]
    held: Mapping[str, str]
    waiting: Mapping[str, str] = dataclasses.field(default_factory=dict)


#: What becomes of a host of which nobody owns a device.
NOTHING = Outcome(moves={}, held={})


def settle(known: Mapping[str, Known], present: Mapping[str, Present],
           ) -> Outcome:
    """Find out which devices have moved.

    :param known: the rows of a host by address, gone ones left out
    :param present: all devices of the host, those too that are not handed out
    """
    if not any(row.is_owned for row in known.values()):
        return NOTHING
    found = _Settling(known, present)
    moves = found.moves()
    return Outcome(moves=moves, held=found.held, waiting=found.waiting)


class _Settling:
    """The steps of ``settle``, with what each leaves to the next."""

    def __init__(self, known: Mapping[str, Known],
                 present: Mapping[str, Present]) -> None:
        self._known = known
        self._present = present
        # Such a row says nothing of where what is there came from.
        self._made = {address for address, each in known.items()
                      if each.is_made and address in present}
        doubtful = same_device.shared(
            (each.identity, each.head) for each in present.values()
        ) | same_device.shared(
            (each.identity, each.head) for address, each in known.items()
            if not (each.is_owned and each.is_held)
            and address not in self._made)
        self._rows = {address: same_device.without(each.identity, doubtful)
                      for address, each in known.items()}
        self._seen = {address: same_device.without(each.identity, doubtful)
                      for address, each in present.items()}
        self._located = self._locate()
        self._at = {now: before for before, now in self._located.items()}
        self._unlocated = self._find_unlocated()
        self._is_evident = self._has_moved()
        self._families = self._find_families()
        self.held: dict[str, str] = {}
        self.waiting: dict[str, str] = {}

    def _locate(self) -> dict[str, str]:
        """Return where devices are for certain; one place is one's only."""
        seen = same_device.Seen(self._seen)
        found = {address: now for address, row in self._rows.items()
                 if (now := seen.where(row)) is not None}
        taken = collections.Counter(found.values())
        for address in self._made:
            if taken[found.get(address, '')] > 1:
                taken[found.pop(address)] -= 1
        return {address: now for address, now in found.items()
                if taken[now] == 1}

    def _has_moved(self) -> bool:
        """Whether the host is seen to have given devices other addresses."""
        return any(now != before for before, now in self._located.items()
                   ) or any(
            address not in self._located and address in self._seen
            and same_device.same_card(row, self._seen[address]) is False
            for address, row in self._rows.items()) or self._has_turned_up()

    def _has_turned_up(self) -> bool:
        """Whether a kind of device left an address, and came to another.

        A card alone that has another product than before may be given other
        firmware, and says nothing of the others.
        """
        other = {address: (_product(row), _product(self._seen[address]))
                 for address, row in self._rows.items()
                 if address in self._seen
                 and _product(row) != _product(self._seen[address])}
        came = {now for _, now in other.values()}.union(
            _product(seen) for address, seen in self._seen.items()
            if address not in self._rows)
        return any(before in came for before, _ in other.values())

    def moves(self) -> dict[str, str]:
        """Return the certain moves of owned devices, and fill ``held``."""
        wanted = {}
        lost = []
        for address, row in self._known.items():
            if not row.is_owned:
                continue
            now = self._located.get(address)
            if now is None:
                lost.append(address)
                reason = self._doubt(address)
                if reason:
                    self.held[address] = reason
            elif now != address:
                wanted[address] = now
        self._drop_blocked(lost, wanted)
        for address, place in self.waiting.items():
            del self.held[address]
            self.held[place] = _UNCERTAIN
        self._hold_candidates(lost, wanted)
        return wanted

    def _doubt(self, address: str) -> str | None:
        """Return why the device of a row may not be at its address."""
        seen = self._seen.get(address)
        row = self._rows[address]
        if seen is not None:
            if address in self._at:
                return f'the device of {self._at[address]} is there now'
            if same_device.is_another(row, seen):
                return 'another device is there now'
        if self._known[address].is_held:
            # Nor is it if it was not there for a while.
            return _UNCERTAIN
        if seen is None or not same_device.is_alike(row, seen):
            return None
        if self._is_evident and not self._is_only_one(address):
            return ('devices of this host have other addresses than before, '
                    'and nothing tells which one this is')
        return None

    def _is_only_one(self, address: str) -> bool:
        """Whether no other device of its kind can be at an address."""
        row = self._rows[address]
        known, seen = (set().union(*(
            heads for each, heads in found.values()
            if same_device.is_alike(row, each))) for found in self._unlocated)
        return (known == seen == {self._known[address].head}
                and same_device.same(row, self._seen[address]) is not False)

    def _find_unlocated(self) -> tuple[_Heads, _Heads]:
        """Return the PFs of what is not located, as rows and as devices.

        One device stands for all of its product and type.
        """
        known: _Heads = {}
        for address, each in self._rows.items():
            if address not in self._located:
                known.setdefault(_type_of(each), (each, set()))[1].add(
                    self._known[address].head)
        seen: _Heads = {}
        for address, each in self._seen.items():
            if address not in self._at:
                seen.setdefault(_type_of(each), (each, set()))[1].add(
                    self._present[address].head)
        return known, seen

    def _drop_blocked(self, lost: Collection[str],
                      wanted: dict[str, str]) -> None:
        """Leave out moves to where an owned device has to stay."""
        while True:
            heads = {self._present[now].head for now in wanted.values()}
            self.waiting = waiting_rows.find(
                lost, wanted, self._at, lambda address: (
                    self._is_owned(address) and address not in wanted),
                functools.partial(self._may_wait, heads))
            blocked = {before: reason for before, now in wanted.items()
                       if (reason := self._block(now, wanted))}
            if not blocked:
                return
            for before, reason in blocked.items():
                now = wanted.pop(before)
                self.held[before] = f'its device is at {now} now, {reason}'
                if not self._is_owned(now):
                    self.held.setdefault(
                        now, f'it is the device of {before}')

    def _may_wait(self, heads: Collection[str], address: str,
                  place: str) -> bool:
        """Whether a row may have the address of another one.

        :param heads: where the families are that owned devices come to
        """
        head = self._known[place].head
        return (head not in heads
                and waiting_rows.can_be_noted(self._known[address].identity,
                                              self._known[place].identity)
                and not self._excluded(head, self._type(address)))

    def _block(self, now: str, wanted: Mapping[str, str]) -> str | None:
        there = self._present[now]
        if not there.is_named:
            return 'which device_spec does not name'
        leaving = wanted.keys() | self.waiting.keys()
        if self._is_owned(now) and now not in leaving:
            return 'where another owner has a row that has to stay'
        kind = there.identity.dev_type
        for address in self._excluded(there.head, kind):
            if address not in leaving:
                return f'whose relative {address} is owned'
        return None

    def _excluded(self, head: str, kind: str | None) -> list[str]:
        """Return owned rows of a family that exclude one of a type."""
        return [address for address in self._families.get(head, ())
                if (kind == DeviceType.PF and self._type(address)
                    in CHILD_TYPES)
                or (kind in CHILD_TYPES
                    and self._type(address) == DeviceType.PF)]

    def _type(self, address: str) -> str | None:
        return self._known[address].identity.dev_type

    def _find_families(self) -> dict[str, list[str]]:
        """Return owned rows by the PFs that they may belong to."""
        found: dict[str, list[str]] = {}
        for address, row in self._known.items():
            if row.is_owned:
                heads = {row.head}
                if address in self._present:
                    heads.add(self._present[address].head)
                for head in heads:
                    found.setdefault(head, []).append(address)
        return found

    def _is_owned(self, address: str) -> bool:
        row = self._known.get(address)
        return row is not None and row.is_owned

    def _hold_candidates(self, lost: Collection[str],
                         wanted: Mapping[str, str]) -> None:
        """Hold what may be an owned device that is nowhere for certain.

        :param lost: rows of owned devices that are not located
        :param wanted: moves of others, whose old addresses are nobody's then
        """
        missing = [address for address in lost
                   if address in self.held or address in self.waiting
                   or address not in self._seen]
        if not missing:
            return
        self._hold_parts(missing)
        # What facts are known decides whether they do not tell, so one device
        # stands for all of which the same is known.
        free: dict[_Kind, dict[object, list[str]]] = {}
        taken = frozenset(wanted.values())
        for address, seen in self._seen.items():
            if ((not self._is_owned(address) or address in wanted)
                    and address not in taken
                    and self._present[address].is_named
                    and self._may_be_owned(address)):
                free.setdefault(_kind(seen), {}).setdefault(
                    _known_of(seen), []).append(address)
        first: dict[tuple[_Kind, object], str] = {}
        for before in missing:
            row = self._rows[before]
            first.setdefault((_kind(row), _known_of(row)), before)
        for (kind, _), before in first.items():
            row = self._rows[before]
            for alike in free.get(kind, {}).values():
                if same_device.same(row, self._seen[alike[0]]) is None:
                    for address in alike:
                        self.held.setdefault(
                            address, 'it may be the device of '
                            f'{self.waiting.get(before, before)}')

    def _may_be_owned(self, address: str) -> bool:
        """Whether what is at the address of nobody's device may be new there.

        What was once held for that is so until its owner is found: the row
        that was made of it meanwhile says only what is there.
        """
        before = self._at.get(address)
        if before is not None:
            return self._is_kept_back(before)
        return (self._is_evident or address not in self._known
                or self._is_kept_back(address))

    def _is_kept_back(self, address: str) -> bool:
        row = self._known[address]
        return row.is_held and not row.is_owned

    def _hold_parts(self, missing: Collection[str]) -> None:
        """Hold what is of the card of an owned device that cannot be found.

        It has another type, or lacks a VF; and a PF takes its VFs along.
        """
        seen = same_device.Seen(self._seen)
        for before in missing:
            row = self._rows[before]
            head = self._known[before].head
            for address in seen.of_card(row):
                there = self._present[address]
                if there.head == head:
                    continue
                self.held.setdefault(
                    self.waiting.get(before, before),
                    f'its card is at {there.head} now')
                came = self._at.get(address)
                if (there.is_named and not self._is_owned(address)
                        and (came is None or self._known[came].head == head
                             or self._known[came].is_held)
                        and same_device.overlap(row, there.identity)):
                    self.held.setdefault(
                        address, 'it may be the device of '
                        f'{self.waiting.get(before, before)}')


def _product(each: Identity) -> tuple[str | None, str | None]:
    return each.vendor_id, each.product_id


def _type_of(each: Identity) -> _Type:
    return each.vendor_id, each.product_id, each.dev_type


def _kind(each: Identity) -> _Kind:
    """Return what two descriptions of one device have in common."""
    return *_type_of(each), each.offset


def _known_of(each: Identity) -> tuple[object, ...]:
    """Return what is known of a device, the slot and the number with value."""
    return each.serial is None, each.mac is None, each.slot, each.index
