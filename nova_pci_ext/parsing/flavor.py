# SPDX-License-Identifier: Apache-2.0

"""What flavors say about PCI devices."""

import re

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown

ALIAS_KEY = 'pci_passthrough:alias'
# 256 buses of 32 slots of 8 functions: what one PCI domain holds.
MAX_COUNT = 65536
# Extra specs that devices depend on.
DECIDING = (ALIAS_KEY, *device_sets.KEYS.values(),
            'hw:pci_numa_affinity_policy', 'hw:numa_nodes')
_COUNT = re.compile('[0-9]{1,9}')
_EXPECTED = 'expected name:count with count from 1'


def meant_key(key: str) -> str | None:
    """Find the extra spec that devices depend on and ``key`` is a slip of.

    :returns: None for such an extra spec itself, and for all others
    """
    return None if key in DECIDING else keys.meant(key, DECIDING)


def check_key(key: str, faults: Faults) -> None:
    """Refuse a slip of an extra spec that devices depend on."""
    guess = meant_key(key)
    if guess is not None:
        faults.refuse(key, 'no device depends on it',
                      f'did you mean {guess}?', Fault.TYPO)


def read_alias(text: str, faults: Faults, path: str = ALIAS_KEY,
               ) -> tuple[AliasCount, ...]:
    """Read the flavor key ``pci_passthrough:alias``.

    value = item *("," item)
    item = WS name WS ":" WS count WS

    A name that comes twice is two requests, as in Nova.
    """
    if not isinstance(text, str):
        faults.refuse(path, f'is {type(text).__name__}', _EXPECTED)
        return ()
    found = (_item(item.strip(), path, faults) for item in text.split(','))
    return tuple(item for item in found if item is not None)


def _item(item: str, path: str, faults: Faults) -> AliasCount | None:
    name, _, count = (part.strip() for part in item.partition(':'))
    if not name or _COUNT.fullmatch(count) is None or int(count) < 1:
        faults.refuse(path, f'{shown(item)} is not a request', _EXPECTED,
                      Fault.COUNT)
        return None
    if int(count) > MAX_COUNT:
        faults.refuse(path, f'{shown(item)} asks for more devices than a '
                            'host can have', f'expected up to {MAX_COUNT}',
                      Fault.COUNT)
        return None
    return AliasCount(name=name, count=int(count))
