# SPDX-License-Identifier: Apache-2.0

"""Guess which known key an operator meant."""

import re
from collections.abc import Iterable

# What people write who know the thing but not its name; too far from the
# right key for an edit distance to find it.
_OTHER_NAMES = {
    'addr': 'address', 'pciaddress': 'address', 'pcislot': 'address',
    'bdf': 'address',
    **dict.fromkeys(('devices', 'members', 'gpus', 'bdfs', 'pciaddresses'),
                    'addresses'),
    'vendor': 'vendor_id', 'vid': 'vendor_id', 'pcivendor': 'vendor_id',
    'product': 'product_id', 'pid': 'product_id', 'device': 'product_id',
    'deviceid': 'product_id', 'devid': 'product_id',
    'ifname': 'devname', 'netdev': 'devname', 'interface': 'devname',
    'physnet': 'physical_network', 'physicalnet': 'physical_network',
    **dict.fromkeys(('network', 'providernetwork', 'physnetname',
                     'physicalnetworkname', 'providerphysicalnetwork'),
                    'physical_network'),
    **dict.fromkeys(('migratable', 'livemigration', 'livemigrate'),
                    'live_migratable'),
    **dict.fromkeys(('otu', 'onetime', 'singleuse'), 'one_time_use'),
    **dict.fromkeys(('pcipassthru:alias', 'pci:alias', 'pcialias',
                     'pcipassthrough', 'pci:passthrough'),
                    'pci_passthrough:alias'),
    **dict.fromkeys(('hw:pcinumapolicy', 'hw:numaaffinitypolicy'),
                    'hw:pci_numa_affinity_policy'),
    **dict.fromkeys(('numa', 'pcinumanode'), 'numa_node'),
    **dict.fromkeys(('rootport', 'pcierootport'), 'pcie_root'),
    **dict.fromkeys(('physfn', 'physicalfunction', 'pfs'), 'pf'),
    'trust': 'trusted', 'rc': 'resource_class', 'class': 'resource_class',
    'devtype': 'device_type', 'numaaffinitypolicy': 'numa_policy',
    'alias': 'name', 'func': 'function',
}
# What the parts of an address are called by lspci and libvirt.
_PARTS = {'device': 'slot', 'dev': 'slot', 'fn': 'function'}
# Slips that are too many for any key.
_FAR = 3
# The name of an interface of a VF.
_OF_VF = re.compile('.*v[0-9]+')


def meant(word: str, known: Iterable[str]) -> str | None:
    """Find the known key that ``word`` is a slip of.

    :returns: the nearest key, the first of several; None when none is near
    """
    names = tuple(known)
    plain = _plain(word)
    for other in (_OTHER_NAMES.get(plain), _PARTS.get(plain)):
        if other in names:
            return other
    distances = {name: slips(plain, _plain(name)) for name in names}
    near = [name for name in names if distances[name] <= _reach(name)]
    return min(near, key=distances.__getitem__, default=None)


def meant_interface(word: str, known: Iterable[str]) -> str | None:
    """Find the interface that ``word`` is a slip of.

    One of a VF and one of its PF differ in a few letters, and are not slips.
    """
    is_of_vf = bool(_OF_VF.fullmatch(word))
    return meant(word, [name for name in known
                        if bool(_OF_VF.fullmatch(name)) is is_of_vf])


def meant_network(word: str, known: Iterable[str]) -> str | None:
    """Find the network that ``word`` is a slip of.

    Another number is another network, and no slip.
    """
    return meant(word, [name for name in known
                        if _digits(name) == _digits(word)])


def _digits(name: str) -> str:
    return ''.join(filter(str.isdigit, name))


def _plain(word: str) -> str:
    return ''.join(letter for letter in word.lower() if letter not in '_- ')


def _reach(name: str) -> int:
    """Number of slips that still count; short words are near to many."""
    return 1 if len(name) < 7 else 2


def slips(first: str, second: str) -> int:
    """Count letters lost, added, replaced, and pairs that changed places.

    This is the optimal string alignment distance, row by row; 3 stands for 3
    and more.
    """
    # A slip changes one letter, and makes two differ at most.
    if (abs(len(first) - len(second)) >= _FAR
            or len(set(first) ^ set(second)) > 2 * (_FAR - 1)):
        return _FAR
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1,
                       before[j - 1] + (letter != other))
            if (i > 1 and j > 1 and letter == second[j - 2]
                    and first[i - 2] == other):
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return min(row[-1], _FAR)
