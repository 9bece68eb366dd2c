# SPDX-License-Identifier: Apache-2.0

"""Options of other services that decide whether PCI in Placement works.

One list for ``nova-pci check`` and ``nova-pci-status``. Placement's options
are in a file that Nova does not read, so what they should be is said whenever
Placement is asked for devices.
"""

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.configuration.loader import Switches
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault

_RESULTS = ('scheduler', 'max_placement_results')
_MOST = ('placement', 'max_allocation_candidates')
_STRATEGY = ('placement', 'allocation_candidates_generation_strategy')
_WIDE = ('workarounds', 'optimize_for_wide_provider_trees')
#: Placement's own options; Nova has groups of the same names.
PLACEMENTS = (_MOST, _STRATEGY, _WIDE)


@dataclasses.dataclass(frozen=True, slots=True)
class Matter:
    """An option that matters, and what it should be.

    :ivar file: the usual name of the file that it belongs in
    """

    file: str
    option: tuple[str, str]
    advice: str

    def __str__(self) -> str:
        group, name = self.option
        return f'{self.file}: [{group}] {name}: {self.advice}'


_ADVICE: Mapping[str, Sequence[Matter]] = {
    pci_ext.OURS: (
        Matter('nova.conf', _RESULTS,
               'so many hosts are looked at; more than the hosts that have '
               'devices of one class'),
        Matter('placement.conf', _MOST,
               '-1, or more than the devices of one class in the cloud'),
        Matter('placement.conf', _STRATEGY,
               'breadth-first, unless max_allocation_candidates is -1')),
    pci_ext.NOVAS: (
        Matter('nova.conf', _RESULTS,
               'so many combinations of devices are looked at, and what they '
               'leave out are hosts that would fit'),
        Matter('placement.conf', _MOST,
               'not -1 where a host has several providers of a class: the '
               'time grows with the orders of the devices; 1000 is usual'),
        Matter('placement.conf', _STRATEGY,
               'breadth-first, or the combinations of a few hosts are all '
               'that is looked at'),
        Matter('placement.conf', _WIDE,
               'true where a host has several providers of a class')),
}


def matters(switches: Switches) -> Sequence[Matter]:
    """Return the options that matter, in the order to look at them.

    :returns: nothing where Placement is not asked for devices
    """
    if not switches.pci_in_placement:
        return ()
    return _ADVICE.get(switches.candidates, ())


def warnings(loaded: PciConfiguration) -> Iterator[ConfigError]:
    """Yield Placement's options in a file of Nova."""
    for file in loaded.files:
        for option in file.assignments:
            if (option.group, option.name) in PLACEMENTS:
                yield ConfigError(
                    file.where(option), 'is ignored by Nova: it is an option '
                    "of Placement's own service", 'write it into that '
                    "service's file, placement.conf", Fault.NO_EFFECT)
