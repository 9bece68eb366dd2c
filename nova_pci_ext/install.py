# SPDX-License-Identifier: Apache-2.0

"""Put our tracker and pools in the place of Nova's, once, or refuse.

Nova refers to these classes as attributes of their modules, so setting the
attribute before the first use replaces them everywhere (decision page
``compute-hook``).
"""

import dataclasses
import importlib
import importlib.util
import inspect
import pathlib
from collections.abc import Mapping
from typing import Any

import nova.virt
from nova import version
from oslo_log import log as logging

from nova_pci_ext import exceptions

LOG = logging.getLogger(__name__)

SUPPORTED = (33, 34)


@dataclasses.dataclass(frozen=True, slots=True)
class Replacement:
    """One class of Nova and the class that takes its place.

    :ivar module: Nova's module; the attribute is set there
    :ivar name: name of Nova's class
    :ivar our_module: module that has our class
    :ivar our_name: name of our class
    """

    module: str
    name: str
    our_module: str
    our_name: str

    def theirs(self) -> Any:
        """Return the class that Nova would use now."""
        return _load(self.module, self.name)

    def ours(self) -> Any:
        """Return our class."""
        return _load(self.our_module, self.our_name)


REPLACEMENTS = (
    Replacement('nova.pci.whitelist', 'Whitelist',
                'nova_pci_ext.compute.device_filter', 'DeviceFilter'),
    Replacement('nova.pci.stats', 'PciDeviceStats',
                'nova_pci_ext.stats', 'PciDeviceStats'),
    Replacement('nova.pci.manager', 'PciDevTracker',
                'nova_pci_ext.compute.tracker', 'PciDevTracker'),
)


def _load(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def install() -> None:
    """Make this process use our classes; further calls change nothing.

    Nothing is changed unless everything can be.

    :raises InstallError: when Nova's version is none that we support, or
        when its classes are not those that ours were written against
    """
    pending = check()
    for each in pending:
        setattr(importlib.import_module(each.module), each.name, each.ours())
    if pending:
        LOG.info('Installed %s into Nova %s',
                 ', '.join(f'{each.our_module}.{each.our_name}'
                           for each in pending),
                 version.version_string())


def check() -> list[Replacement]:
    """Find out what ``install`` would replace, and whether it may.

    :returns: what is not replaced yet
    :raises InstallError: as ``install``
    """
    _check_version(version.version_string())
    pending = [each for each in REPLACEMENTS
               if each.theirs() is not each.ours()]
    for each in pending:
        _check_class(each, each.theirs(), each.ours())
    return pending


def _check_version(text: str) -> None:
    major = text.partition('.')[0]
    if major not in map(str, SUPPORTED):
        supported = ' and '.join(map(str, SUPPORTED))
        raise exceptions.InstallError(
            f'this nova_pci_ext works with Nova {supported}, '
            f'not with Nova {text}')


def _check_class(each: Replacement, theirs: type, ours: type) -> None:
    """Refuse to replace what is not the class that we know.

    Every public method of Nova's class must exist in ours and take the same
    parameters, or Nova would stumble over it hours later.  Ours may take
    more, if Nova need not know.
    """
    if theirs.__module__ != each.module:
        raise exceptions.InstallError(
            f'{each.module}.{each.name} was already replaced by '
            f'{theirs.__module__}.{theirs.__qualname__}')
    for name, method in inspect.getmembers(theirs, callable):
        if name.startswith('_') and name != '__init__':
            continue
        wanted = _parameters(method)
        found = _parameters(getattr(ours, name, None))
        if list(found)[:len(wanted)] != list(wanted) or any(
                needed for needed in list(found.values())[len(wanted):]):
            raise exceptions.InstallError(
                f'{each.module}.{each.name}.{name} takes '
                f'{", ".join(wanted)} in this Nova, ours takes '
                f'{", ".join(found) or "nothing, for it does not exist"}')


def _parameters(method: Any) -> dict[str, bool]:
    """Return a method's parameters, and whether a call must give them.

    :returns: keys as ``a``, ``*b``, ``**c``; empty for no method at all
    """
    if method is None:
        return {}
    return {
        _STARS.get(each.kind, '') + each.name:
            each.default is each.empty and each.kind not in _STARS
        for each in inspect.signature(method).parameters.values()}


_STARS: Mapping[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: '*',
    inspect.Parameter.VAR_KEYWORD: '**',
}


def has_drivers() -> bool:
    """Whether Nova finds the drivers of ours by itself."""
    return importlib.util.find_spec('nova.virt.pci_ext') is not None


def find_drivers() -> None:
    """Let Nova find ``nova.virt.pci_ext`` wherever we are installed.

    Nova looks for drivers below ``nova.virt`` only. In one site-packages
    folder ours lie there; otherwise (editable, or a folder of our own) the
    folder that has us joins the places where Python looks.

    :raises InstallError: when the drivers are nowhere
    """
    if has_drivers():
        return
    folder = pathlib.Path(__file__).resolve().parents[1] / 'nova' / 'virt'
    if not (folder / 'pci_ext' / '__init__.py').is_file():
        raise exceptions.InstallError(
            f'the package nova.virt.pci_ext is neither beside Nova nor in '
            f'{folder}')
    nova.virt.__path__.append(str(folder))
    importlib.invalidate_caches()
