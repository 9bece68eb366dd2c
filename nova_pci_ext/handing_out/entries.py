# SPDX-License-Identifier: Apache-2.0

"""Entries that take nothing, or less than they say."""

from collections.abc import Iterator

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.parsing import keys


def check(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each such entry."""
    for index, spec in enumerate(covered.specs):
        far = [covered.devices[address]
               for address, taker in covered.untrackable.items()
               if taker == index]
        if far:
            yield ConfigError(
                str(spec.source), f'does not take {names(far)}',
                'Nova has no room for an address in a domain above ffff',
                Fault.NO_EFFECT)
        if not covered.taken(index) and not far:
            yield _idle(covered, index)


def _nearest_name(covered: Coverage, index: int) -> str | None:
    """Say which network interface was meant."""
    devname = covered.specs[index].devname
    names_there = [name for device in covered.devices.values()
                   for name in device.netdevs]
    if devname is None or devname in names_there:
        return None
    near = keys.meant(devname, names_there)
    return (f'did you mean {near!r}?' if near else
            'no device has this network interface')


def _idle(covered: Coverage, index: int) -> ConfigError:
    path, fitting = str(covered.specs[index].source), covered.fitting[index]
    if not fitting:
        return ConfigError(path, 'fits no device of this host',
                           _nearest_name(covered, index), Fault.NO_EFFECT)
    takers = sorted({taker for address in fitting
                     if (taker := covered.taken_by[address]) is not None})
    # Where an earlier entry would be left with nothing, order is no cure.
    moves = all(covered.fitting[taker] - fitting for taker in takers)
    return ConfigError(
        path, f'takes no device: all {len(fitting)} that fit are taken by '
              'earlier entries',
        f'move it before {covered.specs[takers[0]].source}' if moves
        else f'remove it: {covered.specs[takers[0]].source} takes the same',
        Fault.NO_EFFECT)
