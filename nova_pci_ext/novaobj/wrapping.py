# SPDX-License-Identifier: Apache-2.0

"""How functions of Nova are wrapped: once in a process, and told apart."""

import functools
import inspect
from collections.abc import Callable
from collections.abc import Iterable

Function = Callable[..., object]
#: (where, name, what makes ours of Nova's function)
Wrapping = tuple[object, str, Callable[[Function], Function]]

_ORIGINAL = 'pci_ext_original'


def install(wrappings: Iterable[Wrapping]) -> None:
    """Wrap functions of Nova in this process; a second call does nothing.

    ``install.install`` has made sure that they are those we know.
    """
    for holder, name, make in wrappings:
        original = getattr(holder, name)
        if not hasattr(original, _ORIGINAL):
            ours = functools.wraps(original)(make(original))
            setattr(ours, _ORIGINAL, original)
            # Nova's function has its class already, or takes none.
            is_bound = isinstance(inspect.getattr_static(holder, name),
                                  (classmethod, staticmethod))
            setattr(holder, name, staticmethod(ours) if is_bound else ours)


def original(function: Function) -> Function:
    """Return Nova's function behind one of ours."""
    found: Function = getattr(function, _ORIGINAL)
    return found
