# SPDX-License-Identifier: Apache-2.0

"""Whether this Nova has what a hook says."""

import importlib
import inspect
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.novaobj.hooks import attributes
from nova_pci_ext.novaobj.hooks.kinds import Hook
from nova_pci_ext.novaobj.hooks.kinds import Use

Method = Callable[..., object]
_STARS: Mapping[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: '*',
    inspect.Parameter.VAR_KEYWORD: '**',
}


class Missing(Exception):
    """A module, class or function that a hook names is not there."""


def faults(hooks: Iterable[Hook]) -> Iterator[str]:
    """Yield what is wrong with this Nova, each fault once.

    :returns: sentences that begin with the name of the attribute
    """
    said = set()
    for hook in hooks:
        found = fault(hook)
        if found is not None and found not in said:
            said.add(found)
            yield found


def fault(hook: Hook) -> str | None:
    """Return what is wrong with one attribute, None if it is as we know it.

    What is ours already is not checked again.
    """
    try:
        owner = resolve(hook.owner)
    except Missing as error:
        return f'{error} does not exist in this Nova'
    if attributes.is_ours(owner):
        return None
    if hook.use is Use.ASKED_BY_NOVA:
        if attributes.uses(owner, hook.name):
            return None
        return (f'{hook.owner.replace(":", ".")} does not use {hook.name} in '
                'this Nova')
    if not attributes.has(owner, hook.name):
        return f'{hook.path} does not exist in this Nova'
    return _CHECKS[hook.use](hook, owner)


def resolve(path: str) -> object:
    """Import a module and find a class or a function in it.

    :raises Missing: with the dotted name of what is not there
    """
    module, _, inner = path.partition(':')
    try:
        found: object = importlib.import_module(module)
    except ImportError as error:
        raise Missing(module) from error
    known = module
    for name in inner.split('.') if inner else ():
        known = f'{known}.{name}'
        if not attributes.has(found, name):
            raise Missing(known)
        found = getattr(found, name)
    return found


def _check_nothing(hook: Hook, owner: object) -> str | None:
    return None


def _check_wrapped(hook: Hook, owner: object) -> str | None:
    method = getattr(owner, hook.name)
    found = ', '.join(_parameters(method))
    # Once it is wrapped its signature is still Nova's.
    if found == hook.parameters:
        return None
    return (f'{hook.path} takes {found} in this Nova, expected '
            f'{hook.parameters}')


def _check_called(hook: Hook, owner: object) -> str | None:
    """Whether a call of ours would be taken."""
    if hook.parameters is None:
        return None
    theirs = getattr(owner, hook.name)
    signature = inspect.signature(theirs)
    free = signature.replace(parameters=[
        each for each in signature.parameters.values()
        if each.name not in ('self', 'cls')])
    text, _, by_name = hook.parameters.partition('*')
    wanted = text.replace(',', ' ').split()
    named = by_name.replace(',', ' ').split()
    try:
        if not all(found in known.split('|') for found, known in zip(
                free.parameters, wanted, strict=False)):
            raise TypeError
        free.bind(*wanted, **dict.fromkeys(named))
    except TypeError:
        return (f'{hook.path} takes {", ".join(_parameters(theirs))} in this '
                f'Nova, we pass {hook.parameters or "nothing"}')
    return None


def _check_overridden(hook: Hook, owner: object) -> str | None:
    """Whether ours takes what Nova's takes, and Nova's what we pass on."""
    theirs = getattr(owner, hook.name)
    if hook.ours is not None and callable(theirs):
        ours = getattr(resolve(hook.ours), hook.name)
        if not _takes_calls_of(ours, theirs):
            return _differs(hook.path, theirs, ours)
    return _check_called(hook, owner)


def _takes_calls_of(ours: Method, theirs: Method) -> bool:
    """Whether each call that a method of Nova takes fits ours."""
    wanted = [each for each in inspect.signature(theirs).parameters.values()
              if each.kind not in _STARS]
    needed = [each.name for each in wanted if each.default is each.empty]
    optional = {each.name: None for each in wanted
                if each.default is not each.empty}
    signature = inspect.signature(ours)
    try:
        signature.bind(*needed)
        signature.bind(*(each.name for each in wanted))
        signature.bind(*needed, **optional)
    except TypeError:
        return False
    return True


def _check_replaced(hook: Hook, owner: object) -> str | None:
    """Whether the method of ours has the parameters of Nova's.

    Nova must know its own names for them; ours may take more, if Nova need
    not know.
    """
    theirs = getattr(owner, hook.name)
    if not callable(theirs):
        return None
    ours = getattr(resolve(hook.ours or ''), hook.name, None)
    wanted, found = _parameters(theirs), _parameters(ours)
    if list(found)[:len(wanted)] != list(wanted) or any(
            list(found.values())[len(wanted):]):
        return _differs(hook.path, theirs, ours)
    return None


def _differs(path: str, theirs: Method, ours: Method | None) -> str:
    found = ', '.join(_parameters(ours))
    return (f'{path} takes {", ".join(_parameters(theirs))} in this Nova, '
            f'ours takes {found or "nothing, for it does not exist"}')


def _parameters(method: Method | None) -> dict[str, bool]:
    """Return parameters, and whether a call must give them.

    :returns: keys as ``a``, ``*b``, ``**c``; empty for no method at all
    """
    if method is None:
        return {}
    return {f'{_STARS.get(each.kind, "")}{each.name}':
            each.default is each.empty and each.kind not in _STARS
            for each in inspect.signature(method).parameters.values()}


_CHECKS = {
    Use.REPLACED: _check_replaced, Use.WRAPPED: _check_wrapped,
    Use.OVERRIDDEN: _check_overridden, Use.CALLED: _check_called,
    Use.READ: _check_nothing,
}


def unknown_methods(hooks: Iterable[Hook]) -> Iterator[Hook]:
    """Yield public methods of replaced classes that are not in the table.

    Ours would not have them, and Nova would stumble over that hours later.
    """
    owners = {hook.owner: hook for hook in hooks
              if hook.use is Use.REPLACED}
    known = {(hook.owner, hook.name) for hook in hooks}
    for path, hook in owners.items():
        theirs = resolve(path)
        if attributes.is_ours(theirs):
            continue
        for name, _ in inspect.getmembers(theirs, callable):
            if not name.startswith('_') and (path, name) not in known:
                yield Hook(owner=path, name=name, use=Use.REPLACED,
                           parts=hook.parts, ours=hook.ours, why='')


def replaced_by_others(hooks: Iterable[Hook]) -> Iterator[str]:
    """Yield the classes that somebody else has replaced before us."""
    for path in dict.fromkeys(hook.owner for hook in hooks
                              if hook.use is Use.REPLACED):
        module, _, name = path.partition(':')
        theirs = resolve(path)
        if (isinstance(theirs, type) and not attributes.is_ours(theirs)
                and theirs.__module__ != module):
            yield (f'{module}.{name} was already replaced by '
                   f'{theirs.__module__}.{theirs.__qualname__}')
