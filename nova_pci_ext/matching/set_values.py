# SPDX-License-Identifier: Apache-2.0

"""What the devices of a pool have for the attributes of device sets.

A pool without a value satisfies no set: that two devices share what nobody
knows cannot be promised.
"""

import functools
import re

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import CARD
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.device_set import is_place_tag
from nova_pci_ext.model.device_set import NUMA_NODE
from nova_pci_ext.model.device_set import PF
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool

_SIZE = re.compile('[1-9][0-9]{0,5}')


def values(rule: SetRule, attribute: str, pool: Pool) -> tuple[str, ...]:
    """Return the values of a pool that a rule may choose.

    :param attribute: of a ``DeviceSet``
    :returns: at most one but for groups, which may overlap; groups as
        ``name:size``; of ``BANDWIDTH`` the PF whose budget is taken from
    """
    if rule is SetRule.GROUP:
        return read_groups(_place(pool, GROUP_TAG + attribute) or '')
    if rule is SetRule.BANDWIDTH:
        # The PF, where it has enough left for one device.
        return (pool.group,) if pool.group is not None and (
            bandwidth.left(pool) >= int(attribute)) else ()
    found = _value(attribute, pool)
    return () if found is None else (found,)


def size(group: str) -> int:
    """Return how many members a group has, free or not."""
    return int(group.rpartition(':')[2])


def shown(rule: SetRule, value: str) -> str:
    """Return a value for people: a group without its size."""
    return value.rpartition(':')[0] if rule is SetRule.GROUP else value


def _value(attribute: str, pool: Pool) -> str | None:
    if attribute == NUMA_NODE:
        node = pool.kind.numa_node
        return None if node is None else str(node)
    if attribute == PF:
        return (None if pool.kind.dev_type in (DeviceType.PCI, None)
                else pool.group)
    if attribute == CARD:
        return _place(pool, CARD) or _slot(pool.group)
    if is_place_tag(attribute):
        return _place(pool, attribute)
    return pool.kind.tag(attribute)


def _place(pool: Pool, key: str) -> str | None:
    return next((value for name, value in pool.place if name == key), None)


def _slot(address: str | None) -> str | None:
    return address.rpartition('.')[0] or None if address else None


@functools.lru_cache(maxsize=4096)
def read_groups(text: str) -> tuple[str, ...]:
    """Read a group tag; what cannot be read is not a group.

    A compute of a later release may have written more than we know.
    """
    found = []
    for item in text.split(','):
        name, _, number = item.rpartition(':')
        if name and _SIZE.fullmatch(number):
            found.append(f'{name}:{int(number)}')
    return tuple(sorted(set(found)))
