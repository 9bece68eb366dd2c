# SPDX-License-Identifier: Apache-2.0

"""Filters and weighers: what nova-scheduler makes of their options.

Nova's own loaders find the classes, so a name is right here when the
scheduler of this machine would take it.
"""

import dataclasses
import re
import warnings
from collections.abc import Sequence
from typing import Protocol

from oslo_config import cfg

from nova_pci_ext.configuration import weigher_multipliers
from nova_pci_ext.configuration.written import Written
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import comments
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import options

OUR_FILTER = 'nova_pci_ext.scheduler.filters.PciPassthroughFilter'
OUR_WEIGHER = 'nova_pci_ext.scheduler.weights.PciFitWeigher'
OUR_WEIGHERS = 'nova_pci_ext.scheduler.weights.all_weighers'
ALL_FILTERS = 'nova.scheduler.filters.all_filters'
ALL_WEIGHERS = 'nova.scheduler.weights.all_weighers'
# What people write who do not know how a list looks.
_BETWEEN = re.compile('[^A-Za-z0-9_.]')
_PCI_FILTER, _PCI_WEIGHER = 'PciPassthroughFilter', 'PCIWeigher'


class Handler(Protocol):
    """``HostFilterHandler`` and ``HostWeightHandler``."""

    def get_matching_classes(self, loadable_class_names: list[str],
                             ) -> list[type]:
        """Import classes, or what a function returns.

        :raises Exception: whatever the import raises
        """


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerOptions:
    """What ``[filter_scheduler]`` says; None for an option not written.

    :ivar available: values of ``available_filters``
    :ivar enabled: names in ``enabled_filters``
    :ivar weighers: names in ``weight_classes``
    """

    available: Sequence[Written] | None = None
    enabled: Sequence[Written] | None = None
    weighers: Sequence[Written] | None = None


def check(found: SchedulerOptions, read: weigher_multipliers.Read,
          faults: Faults, *, has_aliases: bool = False) -> None:
    """Report what stops nova-scheduler, or keeps our classes out of it.

    :param read: returns what is written for another option
    :param has_aliases: whether servers can ask for PCI devices
    """
    if found == SchedulerOptions():
        return
    with warnings.catch_warnings():
        # Nobody who checks a file wants to read that Nova knows eventlet.
        warnings.simplefilter('ignore')
        from nova.scheduler import filters
        from nova.scheduler import weights
        _check(found, filters.HostFilterHandler(),
               weights.HostWeightHandler(), read, faults)
    if has_aliases:
        _check_filtered(found, faults)


def _check(found: SchedulerOptions, filters: Handler, weights: Handler,
           read: weigher_multipliers.Read, faults: Faults) -> None:
    available = found.available
    if available is None:
        available = [Written(ALL_FILTERS, '')]
    before = len(faults.errors)
    classes = _classes(filters, available, faults)
    _check_ours(available, classes, found.enabled, faults)
    if len(faults.errors) > before:
        # What an option that is fixed would bring along is not missing.
        classes = {**_classes(filters, [Written(ALL_FILTERS, '')], faults),
                   **classes}
    enabled = found.enabled
    if enabled is None:
        # Nova's default has to be there too, whatever is available.
        enabled = [Written(name, available[-1].path)
                   for name in _default_filters()]
    for each in enabled:
        _check_enabled(each, classes, faults)
    if found.weighers is not None:
        _check_weighers(
            found.weighers, set(_classes(weights, found.weighers, faults)),
            read, faults)


def _default_filters() -> list[str]:
    """Return which filters Nova enables where no file says."""
    return list(nova_option(options.ENABLED_FILTERS[1]).default)


def nova_option(name: str) -> cfg.Opt:
    """Return an option of Nova's in ``[filter_scheduler]``."""
    from nova.conf import scheduler
    return next(option for option in scheduler.filter_scheduler_opts
                if option.name == name)


def _classes(handler: Handler, written: Sequence[Written], faults: Faults,
             ) -> dict[str, type]:
    """Load classes as the scheduler does; of one name the last one counts."""
    found: dict[str, type] = {}
    for each in written:
        try:
            classes = handler.get_matching_classes([each.name])
        except Exception as exc:
            faults.refuse(each.path, f'cannot be {each.name!r}: '
                                     f'{_reason(exc)}', _way_out(each.name))
        else:
            found.update((one.__name__, one) for one in classes)
    return found


def _reason(error: Exception) -> str:
    # oslo.utils puts a whole traceback in brackets behind what it says.
    lines = str(error).partition(' ([')[0].strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _way_out(name: str) -> str:
    if ',' in name:
        return 'write one class on each line of the option'
    if name.rpartition('.')[2] in options.REMOVED_FILTERS:
        return 'remove it: Nova no longer has this filter'
    if name and '.' not in name:
        return ('expected the full path of a class, such as '
                'nova.scheduler.weights.pci.PCIWeigher')
    near = keys.meant(name, (OUR_FILTER, OUR_WEIGHER, OUR_WEIGHERS,
                             ALL_FILTERS, ALL_WEIGHERS))
    if near:
        return f'did you mean {near}?'
    return ('expected the full path of a class, in a module that nova-'
            'scheduler can import')


def _check_enabled(each: Written, classes: dict[str, type], faults: Faults,
                   ) -> None:
    if each.name in classes:
        return
    short = each.name.rpartition('.')[2]
    near = keys.meant(each.name, classes)
    if comments.is_behind(each.name):
        hint = comments.HINT
    elif _BETWEEN.search(each.name):
        hint = 'write the names alone, with commas between them'
    elif short in options.REMOVED_FILTERS:
        hint = 'remove it: Nova no longer has this filter'
    elif short != each.name and short in classes:
        hint = f'write {short} alone, without its module'
    elif near:
        hint = f'did you mean {near}?'
    else:
        hint = ('expected the name of a class that [filter_scheduler] '
                'available_filters brings along')
    faults.refuse(each.path, f'no filter is called {each.name!r}, and '
                             'nova-scheduler does not start', hint)


def _check_filtered(found: SchedulerOptions, faults: Faults) -> None:
    """Report filters that let a server with devices go anywhere."""
    # Without our filter among them: that is reported already.
    if found.enabled is None and not any(
            each.name == OUR_FILTER for each in found.available or ()):
        path, fact = '[filter_scheduler] enabled_filters', (
            f"is Nova's default, without {_PCI_FILTER}")
    elif found.enabled is not None and not any(
            _PCI_FILTER in each.name for each in found.enabled):
        path, fact = (found.enabled[0].path if found.enabled else
                      '[filter_scheduler] enabled_filters',
                      f'is without {_PCI_FILTER}')
    else:
        return
    faults.note(path, f'{fact}, and a server with an alias is sent to hosts '
                'that have no device for it', f'add {_PCI_FILTER}',
                Fault.NO_EFFECT)


def _check_ours(available: Sequence[Written], classes: dict[str, type],
                enabled: Sequence[Written] | None, faults: Faults) -> None:
    """Report our filter where Nova's own stands in its place."""
    ours = [each for each in available if each.name == OUR_FILTER]
    used = classes.get(_PCI_FILTER)
    if not ours or used is None:
        return
    if used.__module__ != OUR_FILTER.rpartition('.')[0]:
        faults.flag(ours[-1].path, "is never used: Nova's filter of the same "
                    'name comes after it',
                    'make it the last of available_filters', Fault.NO_EFFECT)
    elif enabled is None:
        faults.note(ours[-1].path, 'is never used: '
                    f"{_PCI_FILTER} is not among Nova's default of "
                    'enabled_filters',
                    f'write enabled_filters with {_PCI_FILTER}',
                    Fault.NO_EFFECT)
    elif _PCI_FILTER not in {each.name for each in enabled}:
        faults.note(ours[-1].path, 'is never used: '
                    f'{_PCI_FILTER} is not among enabled_filters',
                    f'add {_PCI_FILTER} to enabled_filters', Fault.NO_EFFECT)


def _check_weighers(written: Sequence[Written], names: set[str],
                    read: weigher_multipliers.Read, faults: Faults) -> None:
    ours = [each for each in written
            if each.name in (OUR_WEIGHER, OUR_WEIGHERS)]
    if ours and _PCI_WEIGHER in names:
        faults.note(ours[0].path, f"stands beside Nova's {_PCI_WEIGHER}, "
                    'and half of the order of hosts is its',
                    f'write {OUR_WEIGHERS} alone, which is all of Nova\'s '
                    f'weighers with ours in the place of {_PCI_WEIGHER}',
                    Fault.NO_EFFECT)
    for each in ours[1:]:
        faults.note(each.path, 'is written twice, and counts twice',
                    'keep one of the two', Fault.DUPLICATE)
    if ours and _PCI_WEIGHER not in names:
        weigher_multipliers.check(ours[0], names, read, faults)
