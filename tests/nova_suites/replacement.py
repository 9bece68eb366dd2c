# SPDX-License-Identifier: Apache-2.0

"""Put our classes in the place of Nova's and prove that they are there."""

import importlib
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# An operator names the filter in nova.conf, so install() leaves it alone. But
# Nova's functional base class patches the filter in Nova's own module, and so
# it is this module that has to hold ours.
FILTER = (
    'nova.scheduler.filters.pci_passthrough_filter:PciPassthroughFilter')
OUR_FILTER = 'nova_pci_ext.scheduler.filters:PciPassthroughFilter'

# Nine tests patch the logger of a module of Nova, or look for its name in
# the output. What they test is that an operator is told, and we tell under
# names of our own; so while Nova's tests run, our modules log as Nova's.
LOGGERS = {
    'nova_pci_ext.compute': 'nova.pci.manager',
    'nova_pci_ext.compute.device_filter': 'nova.pci.manager',
    'nova_pci_ext.stats': 'nova.pci.stats',
}


@dataclass(frozen=True, slots=True)
class Replaced:
    """One class of Nova and the class that stands in its place."""

    place: str
    original: Any
    ours: Any

    def __str__(self) -> str:
        return (f'{self.place} is {self.ours.__module__}.'
                f'{self.ours.__qualname__}')


def resolve(place: str) -> Any:
    """Import what ``module:attribute`` names."""
    module, _, attribute = place.partition(':')
    return getattr(importlib.import_module(module), attribute)


def replace_all() -> tuple[Replaced, ...]:
    """Replace Nova's classes as a service does, before any test is loaded."""
    # The package imports nova, which must not happen before Nova's patches.
    from nova_pci_ext import install
    from nova_pci_ext.compute import following

    places = [f'{each.module}:{each.name}' for each in install.REPLACEMENTS]
    originals = {place: resolve(place) for place in (*places, FILTER)}
    install.install()
    following.install()
    module, _, attribute = FILTER.partition(':')
    setattr(sys.modules[module], attribute, resolve(OUR_FILTER))
    share_loggers()
    return tuple(
        Replaced(place, original, resolve(place))
        for place, original in originals.items())


def share_loggers() -> None:
    """Let our modules log through the logger of the module they replace."""
    for name, module in list(sys.modules.items()):
        for ours, novas in LOGGERS.items():
            belongs = name == ours or name.startswith(f'{ours}.')
            if belongs and hasattr(module, 'LOG'):
                module.LOG = importlib.import_module(novas).LOG


def leftovers(replaced: tuple[Replaced, ...]) -> Iterator[str]:
    """Yield a line for each way in which Nova still reaches an original.

    A module attribute, a base class and the default of an argument are the
    ways in which a module can hold on to a class that it imported earlier.
    """
    for pair in replaced:
        if pair.ours is pair.original:
            yield f'{pair.place} was not replaced'
        elif resolve(pair.place) is not pair.ours:
            yield f'{pair.place} is no longer ours'
    originals = {id(pair.original): pair.place for pair in replaced}
    for name, module in sorted(sys.modules.items()):
        if (name == 'nova' or name.startswith('nova.')) and isinstance(
                module, types.ModuleType):
            for attribute, value in sorted(vars(module).items()):
                where = f'{name}.{attribute}'
                yield from _held(where, value, name, originals)


def _held(
    where: str, value: Any, module: str, originals: dict[int, str],
) -> Iterator[str]:
    if id(value) in originals:
        yield f'{where} is the original {originals[id(value)]}'
    functions = []
    if isinstance(value, types.FunctionType):
        functions = [value]
    elif isinstance(value, type) and value.__module__ == module:
        for base in value.__mro__[1:]:
            if id(base) in originals:
                yield f'{where} inherits from {originals[id(base)]}'
        functions = [
            member for member in vars(value).values()
            if isinstance(member, types.FunctionType)]
    for function in functions:
        for default in function.__defaults__ or ():
            if id(default) in originals:
                yield (f'{where}: an argument of {function.__name__} '
                       f'defaults to {originals[id(default)]}')
