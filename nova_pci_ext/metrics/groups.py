# SPDX-License-Identifier: Apache-2.0

"""The declared groups of a compute: how many are whole."""

import collections
from collections.abc import Iterable

from nova_pci_ext.matching import set_values
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj.protocols import PciDevice

WHOLE, BROKEN = 'whole', 'broken'


def count(devices: Iterable[PciDevice],
          ) -> dict[tuple[str, str], dict[str, int]]:
    """Count groups by type and size, and by whether all members are free.

    :returns: of each (type, size) how many are ``WHOLE`` and ``BROKEN``
    """
    free: collections.Counter[tuple[str, str]] = collections.Counter()
    for dev in devices:
        for key, text in placed.tags(dev.extra_info).items():
            if key.startswith(GROUP_TAG):
                for group in set_values.read_groups(text):
                    free[key.removeprefix(GROUP_TAG), group] += (
                        dev.status == ClaimState.AVAILABLE)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (kind, group), number in free.items():
        size = set_values.size(group)
        states = found.setdefault((kind, str(size)), {WHOLE: 0, BROKEN: 0})
        states[WHOLE if number >= size else BROKEN] += 1
    return dict(sorted(found.items()))
