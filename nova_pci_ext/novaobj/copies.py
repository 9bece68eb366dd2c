# SPDX-License-Identifier: Apache-2.0

"""Copies of Nova's objects, for code of Nova that writes into what it reads.

``obj_clone`` checks each value again; that takes thirty times as long.
"""

from typing import Any
from typing import TypeVar

from oslo_versionedobjects import base
from oslo_versionedobjects import fields

Found = TypeVar('Found')
_COLLECTIONS = (fields.CoercedDict, fields.CoercedList, fields.CoercedSet)
#: What somebody may change of what an object has.
CHANGEABLE = (base.VersionedObject, set, list, dict)


def copied(found: Found) -> Found:
    """Return a copy of an object that shares nothing that can be changed.

    :param found: a versioned object, with its changes and its context
    """
    made = _blank(found)
    vars(made).update({name: _value(value, made)
                       for name, value in vars(found).items()})
    return made


def copied_value(value: object) -> object:
    """Return a copy of a value of an attribute, for an object of its own.

    A collection does not know that object, which it would only name in an
    error: so the two are not a cycle, and are gone with the last reference.
    """
    return _value(value, None)


def _blank(found: Found) -> Found:
    """Return an object of the same class that nothing was done to."""
    cls: Any = type(found)
    made: Found = cls.__new__(cls)
    return made


def _value(value: object, owner: object) -> object:
    """Return a copy of a value of an attribute, or of a part of it.

    :param owner: the copy that it belongs to
    """
    if type(value) in (int, str, type(None), bool, float):
        return value
    if isinstance(value, base.VersionedObject):
        return copied(value)
    if not isinstance(value, (set, list, dict)):
        return value
    made: Any = _blank(value)
    if isinstance(value, set):
        set.update(made, value)
    elif isinstance(value, list):
        list.extend(made, [_value(each, owner) for each in value])
    elif isinstance(value, dict):
        dict.update(made, {key: _value(each, owner)
                           for key, each in value.items()})
    if isinstance(value, _COLLECTIONS):
        # What checks new elements, for the sake of its message.
        vars(made).update(vars(value), _obj=owner)
    return made
