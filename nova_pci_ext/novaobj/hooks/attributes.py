# SPDX-License-Identifier: Apache-2.0

"""Attributes of Nova's modules and classes, found without an object."""

import dis
import inspect
import types
from collections.abc import Callable
from collections.abc import Iterator

_PRIVATE = '_obj_'


def has(owner: object, name: str) -> bool:
    """Whether a module, a class or an object of it has an attribute.

    Objects get theirs from methods; versioned ones have fields, and those
    that are dictionaries keys.
    """
    if not inspect.isclass(owner):
        return hasattr(owner, name)
    fields = getattr(owner, 'fields', None)
    if isinstance(fields, dict):
        # The private name is where the value of a field is kept.
        return (name.removeprefix(_PRIVATE) in fields
                or hasattr(owner, name)
                or name in _set_by(owner, _is_init))
    if hasattr(owner, name) or name in _set_by(owner, inspect.isfunction):
        return True
    return issubclass(owner, dict) and name in owner()


def _is_init(method: object) -> bool:
    return getattr(method, '__name__', '') == '__init__'


def _set_by(owner: type, wanted: Callable[[object], bool]) -> Iterator[str]:
    """Yield the attributes that methods of a class set."""
    for base in owner.__mro__:
        for method in vars(base).values():
            if isinstance(method, types.FunctionType) and wanted(method):
                for each in dis.get_instructions(inspect.unwrap(method)):
                    if each.opname == 'STORE_ATTR':
                        yield str(each.argval)


def uses(function: object, name: str) -> bool:
    """Whether the code of a function reads a name or an attribute."""
    if not callable(function):
        return False
    code = getattr(inspect.unwrap(function), '__code__', None)
    return code is not None and any(
        name in each.co_names for each in _with_inner(code))


def _with_inner(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _with_inner(constant)


def is_ours(found: object) -> bool:
    """Whether a class or a function is of this package."""
    return getattr(found, '__module__', '').partition('.')[0] == (
        __name__.partition('.')[0])
