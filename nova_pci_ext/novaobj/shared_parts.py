# SPDX-License-Identifier: Apache-2.0

"""Equal parts of objects that are kept, one for all of them.

The CPUs of the cells of a cloud's hosts are nearly all the same sets, and most
of what a NUMA topology takes.  Only for objects of which nobody gets more than
a copy (``copies``), so that nobody changes a part of another's.
"""

import typing
import weakref
from collections.abc import Hashable

from oslo_versionedobjects import base
from oslo_versionedobjects import fields

_Set: typing.TypeAlias = 'fields.CoercedSet[typing.Hashable]'


class SharedParts:
    """The sets of integers and texts that kept objects have.

    A set is known as long as an object has it.  Threads may share one: at
    worst a set is there twice.
    """

    def __init__(self) -> None:
        self._sets: weakref.WeakValueDictionary[Hashable, _Set] = (
            weakref.WeakValueDictionary())

    def __len__(self) -> int:
        return len(self._sets)

    def share(self, found: object) -> None:
        """Let an object have the sets that others have.

        :param found: a versioned object that only a cache has
        """
        held = vars(found)
        held.update({name: self._shared(value)
                     for name, value in held.items()})

    def _shared(self, value: object) -> object:
        if isinstance(value, fields.CoercedSet):
            # To name it in an error is all that a set has its object for.
            vars(value).update(_obj=None)
            return self._sets.setdefault(_key(value), value)
        if isinstance(value, list):
            for place, each in enumerate(value):
                list.__setitem__(value, place, self._shared(each))
        elif isinstance(value, base.VersionedObject):
            self.share(value)
        return value


def _key(value: _Set) -> Hashable:
    # 1 and True are equal, and not the same.
    return (type(value), vars(value).get('_field'), frozenset(value),
            frozenset(map(type, value)))
