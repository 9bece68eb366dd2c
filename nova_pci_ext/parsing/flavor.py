# SPDX-License-Identifier: Apache-2.0

"""What flavors and images say about PCI devices."""

import re

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown

ALIAS_KEY = 'pci_passthrough:alias'
FLAVOR_POLICY_KEY = 'hw:pci_numa_affinity_policy'
IMAGE_POLICY_KEY = 'hw_pci_numa_affinity_policy'
# 256 buses of 32 slots of 8 functions: what one PCI domain holds.
MAX_COUNT = 65536
_COUNT = re.compile('[0-9]{1,9}')
_EXPECTED = 'expected name:count with count from 1'


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
        faults.refuse(path, f'{shown(item)} is no request', _EXPECTED,
                      Fault.COUNT)
        return None
    if int(count) > MAX_COUNT:
        faults.refuse(path, f'{shown(item)} asks for more devices than a '
                            'host can have', f'expected up to {MAX_COUNT}',
                      Fault.COUNT)
        return None
    return AliasCount(name=name, count=int(count))


def read_numa_policy(text: str, path: str, faults: Faults,
                     ) -> NumaPolicy | None:
    """Read a PCI NUMA affinity policy of a flavor or an image."""
    if text not in tuple(NumaPolicy):
        faults.refuse(path, f'cannot be {shown(text)}',
                      'expected required, preferred, legacy or socket')
        return None
    return NumaPolicy(text)


def join_numa_policies(flavor: NumaPolicy | None, image: NumaPolicy | None,
                       faults: Faults) -> NumaPolicy | None:
    """Decide between a flavor's and an image's policy: they must not differ.

    :returns: None when neither says anything
    """
    if flavor and image and flavor != image:
        faults.refuse(IMAGE_POLICY_KEY, f'is {image.value!r}, but the flavor '
                      f'has {flavor.value!r}', 'expected the same policy')
    return flavor or image
