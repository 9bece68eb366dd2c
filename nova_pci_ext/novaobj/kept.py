# SPDX-License-Identifier: Apache-2.0

"""What a process keeps of texts that it reads again and again."""

import collections
import threading
import typing
from collections.abc import Callable

Value = typing.TypeVar('Value')

# An entry goes once the others were used so many times on average since it
# was: rows change, and nobody asks for their old texts again.
_IDLE_ROUNDS = 8
# Texts that were not kept, whose last use is remembered.
_MAX_PASSED = 65_536


class _Entry(typing.Generic[Value]):
    """A value, its size in bytes, and the look-up that used it last."""

    __slots__ = ('size', 'used', 'value')

    def __init__(self, value: Value, size: int, used: int) -> None:
        self.value = value
        self.size = size
        self.used = used


class Kept(typing.Generic[Value]):
    """Values by text, bounded in bytes; single ones are given up by use.

    Hosts are read one after the other, again and again.  Where more are read
    than fit, giving up what was used longest ago would always give up what is
    needed next, and nothing would ever be found.  So a new value takes the
    place of an old one only if the old one was not used since the new one was
    asked for the last time; what fits then stays.

    Threads may share one.

    :param limit: returns the bound; asked when something new is to be kept
    :ivar hits: how often a value was found
    :ivar misses: how often none was
    :ivar size: bytes of all values together, as those who keep them say
    :ivar added: how many were kept, also those that were given up since
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._entries: collections.OrderedDict[str, _Entry[Value]] = (
            collections.OrderedDict())
        # By the hash of a text: when it was asked for, and not kept.
        self._passed: collections.OrderedDict[int, int] = (
            collections.OrderedDict())
        self._lock = threading.Lock()
        self._now = 0
        self.hits = 0
        self.misses = 0
        self.size = 0
        self.added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, text: str) -> Value | None:
        """Return what is kept of a text, None if nothing is."""
        with self._lock:
            self._now += 1
            entry = self._entries.get(text)
            if entry is None:
                self.misses += 1
                return None
            self.hits += 1
            entry.used = self._now
            self._entries.move_to_end(text)
            return entry.value

    def keep(self, text: str, value: Value, size: int) -> None:
        """Keep a value, if there is room or a worse one.

        :param size: of the value with its text, in bytes
        """
        with self._lock:
            self._drop_idle()
            before = self._pass(text)
            # What it had before is of no use, and its room is its own.
            self._drop(text)
            if self._make_room(size, before):
                self._passed.pop(hash(text), None)
                self._entries[text] = _Entry(value, size, self._now)
                self.size += size
                self.added += 1

    def grow(self, text: str, value: Value, size: int) -> None:
        """Say that a value is larger now; one that was given up is not."""
        with self._lock:
            entry = self._entries.get(text)
            if entry is not None and entry.value is value:
                entry.size += size
                self.size += size
                self._make_room(0, self._now)

    def _pass(self, text: str) -> int:
        """Return when a text was asked for before, 0 if that is unknown."""
        key = hash(text)
        before = self._passed.pop(key, 0)
        self._passed[key] = self._now
        if len(self._passed) > _MAX_PASSED:
            self._passed.popitem(last=False)
        return before

    def _make_room(self, size: int, before: int) -> bool:
        """Give up what was not used since then, as far as is needed."""
        limit = self._limit()
        if size > limit:
            return False
        while self.size + size > limit:
            oldest, entry = next(iter(self._entries.items()))
            if entry.used > before:
                return False
            self._drop(oldest)
        return True

    def _drop_idle(self) -> None:
        asked = len(self._entries) + len(self._passed)
        since = self._now - _IDLE_ROUNDS * asked
        while self._entries:
            oldest, entry = next(iter(self._entries.items()))
            if entry.used >= since:
                return
            self._drop(oldest)

    def _drop(self, text: str) -> None:
        entry = self._entries.pop(text, None)
        if entry is not None:
            self.size -= entry.size
