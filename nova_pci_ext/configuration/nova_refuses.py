# SPDX-License-Identifier: Apache-2.0

"""Entries of device_spec that only this package reads.

Nova's own parser refuses them when nova-compute starts, which is seen when
this package is removed.  Nothing is wrong with them here, so ``check`` says it
beside the faults.
"""

import dataclasses
from collections.abc import Iterable

from nova_pci_ext.configuration.placement_options import Matter
from nova_pci_ext.model.spec import AddressForm
from nova_pci_ext.model.spec import DeviceSpec


def matters(specs: Iterable[DeviceSpec]) -> tuple[Matter, ...]:
    """Return what to know of entries for a card or a slot.

    :returns: in the order of the entries
    """
    return tuple(Matter(
        spec.source.file or 'nova.conf',
        (spec.source.group, f'{_name(spec)}.address'),
        f'"{spec.address.text}" is read by this package only, and Nova\'s own '
        'parser refuses it; write an address before this package is removed')
        for spec in specs if spec.address is not None
        and spec.address.form is AddressForm.CARD)


def _name(spec: DeviceSpec) -> str:
    """Return the option with its index, as messages have it."""
    plain = dataclasses.replace(spec.source, file=None, line=None)
    return str(plain).partition('] ')[2]
