# SPDX-License-Identifier: Apache-2.0

"""A bounded memory that gives up what was used longest ago."""

import collections
import typing
from collections.abc import Callable

from nova_pci_ext.model.verifying import KEPT

Key = typing.TypeVar('Key')
Value = typing.TypeVar('Value')


class Recent(typing.Generic[Key, Value]):
    """Remembers values by key, and of too many the most recently used.

    Threads may share one: at worst something is computed twice.

    :param limit: how many entries are kept, at least one
    :param what: names the values where they are compared with fresh ones
    :param content: what of a value has to be equal then; None for all of it
    """

    __slots__ = ('_content', '_entries', '_limit', '_what')

    def __init__(self, limit: int, what: str = 'value',
                 content: Callable[[Value], object] | None = None) -> None:
        self._limit = limit
        self._what = what
        self._content = content
        self._entries: collections.OrderedDict[Key, Value] = (
            collections.OrderedDict())

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: Key, make: Callable[..., Value],
             *arguments: object) -> Value:
        """Return the value of a key.

        :param make: makes it of the arguments when it is not remembered
        """
        try:
            value = self._entries[key]
            self._entries.move_to_end(key)
        except KeyError:
            value = self._entries[key] = make(*arguments)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)
        else:
            if KEPT.report is not None:
                value = self._verified(key, value, make, *arguments)
        return value

    def _verified(self, key: Key, kept: Value, make: Callable[..., Value],
                  *arguments: object) -> Value:
        value = KEPT.verified(self._what, kept, make, *arguments,
                              content=self._content)
        if value is not kept:
            self._entries[key] = value
        return value

    def grow(self, limit: int) -> None:
        """Keep so many entries from now on, unless it were more already."""
        self._limit = max(self._limit, limit)
