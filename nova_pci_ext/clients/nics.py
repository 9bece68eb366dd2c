# SPDX-License-Identifier: Apache-2.0

"""``--nic net-id=NETWORK,vnic-type=TYPE``, which no client takes any more."""

from nova_pci_ext.model.binding import VnicType

KEY = 'vnic-type'
#: Cyborg's come with a device profile, not with a port.
TYPES = tuple(each for each in VnicType
              if not each.startswith('accelerator-'))


def split_type(nic: str) -> tuple[str, VnicType | None]:
    """Take the vnic-type out of the value of ``--nic``.

    :returns: the value as the client takes it, and the type; None where Nova
        makes the port itself, which it does with the type normal
    :raises ValueError: which says what was expected
    """
    pairs = [pair.partition('=') for pair in nic.split(',')]
    types = [value for key, _, value in pairs if key == KEY]
    if not types:
        return nic, None
    *most, last = TYPES
    if len(types) > 1:
        raise ValueError(f'--nic {nic}: expected one {KEY}, got {len(types)}')
    if types[0] not in TYPES:
        raise ValueError(f"--nic {nic}: expected {', '.join(most)} or {last} "
                         f'as {KEY}, got {types[0]!r}')
    if any(key == 'port-id' for key, _, _ in pairs):
        raise ValueError(f'--nic {nic}: expected no {KEY} with port-id: the '
                         'port has its own')
    rest = ','.join(''.join(pair) for pair in pairs if pair[0] != KEY)
    found = VnicType(types[0])
    return rest, None if found == VnicType.NORMAL else found
