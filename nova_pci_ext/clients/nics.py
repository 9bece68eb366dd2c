# SPDX-License-Identifier: Apache-2.0

"""``--nic net-id=NETWORK,vnic-type=TYPE``, which no client takes any more."""

from nova_pci_ext.model.binding import VnicType

KEY = 'vnic-type'
#: Cyborg's come with a device profile, not with a port.
TYPES = tuple(each for each in VnicType
              if not each.startswith('accelerator-'))
NETWORKS = ('net-id', 'net-name')
Pair = tuple[str, str, str]


def split_type(nic: str) -> tuple[str, VnicType | None]:
    """Take the vnic-type out of the value of ``--nic``.

    A value without one is the client's to judge, as are the keys beside it.

    :returns: the value as the client takes it, and the type; None where Nova
        makes the port itself, which it does with the type normal
    :raises ValueError: which says what was expected
    """
    pairs = [pair.partition('=') for pair in nic.split(',')]
    if all(key != KEY for key, _, _ in pairs):
        return nic, None
    fault = _fault(pairs)
    if fault:
        raise ValueError(f'--nic {nic!r}: {fault}')
    rest = ','.join(''.join(pair) for pair in pairs if pair[0] != KEY)
    found = next(VnicType(value) for key, _, value in pairs if key == KEY)
    return rest, None if found == VnicType.NORMAL else found


def _fault(pairs: list[Pair]) -> str | None:
    """Return what is wrong with a value that names a vnic-type."""
    *most, last = TYPES
    keys = [key for key, _, _ in pairs]
    for key, sign, value in pairs:
        if key in ('auto', 'none') and not sign:
            return f'expected no {KEY} with {key!r}, which names no network'
        if keys.count(key) > 1:
            return f'expected one {key}, got {keys.count(key)}'
        if key == KEY and value not in TYPES:
            return (f"expected {', '.join(most)} or {last} as {KEY}, "
                    f'got {value!r}')
        if key == 'port-id':
            return f'expected no {KEY} with port-id: the port has its own'
        if not (key and value):
            return f"expected KEY=VALUE, got {key + sign + value!r}"
    if not any(key in NETWORKS for key in keys):
        return f'expected the net-id of a network with {KEY}'
    return None
