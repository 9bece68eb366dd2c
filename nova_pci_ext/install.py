# SPDX-License-Identifier: Apache-2.0

"""Put our tracker and pools in the place of Nova's, once, or refuse.

Nova refers to these classes as attributes of their modules, so setting the
attribute before the first use replaces them everywhere (decision page
``compute-hook``).  What of Nova has to be as we know it stands in
``novaobj.hooks``.
"""

import importlib
import importlib.util
import pathlib
from collections.abc import Collection
from typing import NamedTuple

import nova.virt
from nova import version
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext.novaobj import hooks
from nova_pci_ext.novaobj.hooks import Part

LOG = logging.getLogger(__name__)

#: Major versions; in what they differ stands in ``novaobj.hooks.features``.
SUPPORTED = range(31, 35)
# Faults that one message names; a Nova without a module has dozens.
_MAX_FAULTS = 3

_checked: set[Part] = set()


class Replacement(NamedTuple):
    """One class of Nova and the class that takes its place.

    :ivar module: Nova's module; the attribute is set there
    :ivar name: name of Nova's class
    :ivar ours: ``module:Class``
    """

    module: str
    name: str
    ours: str

    def theirs_now(self) -> object:
        """Return the class that Nova would use now."""
        return hooks.resolve(f'{self.module}:{self.name}')

    def is_done(self) -> bool:
        """Whether that is ours."""
        return self.theirs_now() is hooks.resolve(self.ours)

    def make(self) -> None:
        """Let Nova use ours."""
        setattr(importlib.import_module(self.module), self.name,
                hooks.resolve(self.ours))


def _replacement(owner: hooks.Owner) -> Replacement:
    module, _, name = owner.path.partition(':')
    return Replacement(module, name, owner.ours or '')


REPLACEMENTS = tuple(map(_replacement, hooks.CLASSES))


def install(*parts: Part) -> None:
    """Make this process use our classes; further calls change nothing.

    Nothing is changed unless everything can be.

    :param parts: what this process is, all when none is named; Nova has to
        have all that these parts lean on
    :raises InstallError: when Nova's version is none that we support, or
        when Nova is not what ours was written against
    """
    asked = set(parts or Part)
    pending = [each for each in REPLACEMENTS if not each.is_done()]
    # What was found good once is ours in the meantime, or a test's.
    if pending or not asked <= _checked:
        check(*asked)
        _checked.update(asked)
    for each in pending:
        each.make()
    if pending:
        LOG.info('Installed %s into Nova %s',
                 ', '.join(each.ours.replace(':', '.') for each in pending),
                 version.version_string())


def check(*parts: Part) -> None:
    """Find out whether this Nova has all that we lean on.

    :param parts: as for ``install``
    :raises InstallError: in one line
    """
    _check_version(version.version_string())
    asked = set(parts or Part)
    table = [hook for hook in hooks.TABLE if hook.parts & asked]
    # Somebody else's class may lack all that Nova's has.
    faults = list(hooks.replaced_by_others(table)) or list(
        hooks.faults([*table, *hooks.unknown_methods(table)]))
    if faults:
        raise exceptions.InstallError(_one_line(faults))


def _check_version(text: str) -> None:
    major = text.partition('.')[0]
    if major not in map(str, SUPPORTED):
        raise exceptions.InstallError(
            f'this nova_pci_ext works with Nova {SUPPORTED[0]} to '
            f'{SUPPORTED[-1]}, not with Nova {text}')


def _one_line(faults: Collection[str]) -> str:
    shown = [*faults][:_MAX_FAULTS]
    if len(faults) > len(shown):
        shown.append(f'and {len(faults) - len(shown)} more')
    return '; '.join(shown)


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
