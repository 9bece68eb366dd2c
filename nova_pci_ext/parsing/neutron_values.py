# SPDX-License-Identifier: Apache-2.0

"""Values of Neutron's options about SR-IOV, as Neutron reads them.

Each reader raises ``ValueError`` where Neutron's server or agent does not
start; the text of the error says why, and what was expected.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.binding import MAX_VLAN

_MAPPING = 'expected network:interface, such as physnet1:eth1'
_EXCLUDED = ('expected interface:address;address, such as '
             'eth1:0000:07:00.2;0000:07:00.3')
_BANDWIDTH = ('expected interface:egress:ingress once for each interface, '
              'such as eth1:10000000:10000000')
_RANGE = 'expected network or network:first:last, such as physnet1:2:100'


def device_mappings(words: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read ``physical_device_mappings``: pairs of network and interface.

    A network may have several interfaces, and an interface several networks.
    """
    found = []
    for word in words:
        parts = [part.strip() for part in word.split(':')]
        if len(parts) != 2 or not all(parts):
            raise ValueError(f'cannot be {word!r}; {_MAPPING}')
        found.append((parts[0], parts[1]))
    return tuple(found)


def excluded_devices(words: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Read ``exclude_devices``: interfaces, and addresses of VFs of each."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, colon, addresses = word.partition(':')
        name = name.strip()
        if not colon or not name:
            raise ValueError(f'cannot be {word!r}; {_EXCLUDED}')
        if name in found:
            raise ValueError(f'names {name} twice; write the addresses '
                             'behind the first one, with semicolons')
        found[name] = [address.strip() for address in addresses.split(';')
                       if address.strip()]
    return found


def bandwidth_devices(words: Iterable[str]) -> tuple[str, ...]:
    """Read ``resource_provider_bandwidths``: the interfaces in it."""
    found: list[str] = []
    for word in words:
        name, *numbers = (part.strip() for part in word.split(':'))
        if not name or len(numbers) != 2 or not all(
                number.isdecimal() for number in numbers if number):
            raise ValueError(f'cannot be {word!r}; {_BANDWIDTH}')
        if name in found:
            raise ValueError(f'names {name} twice; {_BANDWIDTH}')
        found.append(name)
    return tuple(found)


def vlan_networks(words: Iterable[str]) -> tuple[str, ...]:
    """Read ``network_vlan_ranges``: the networks that it serves."""
    found = []
    for word in words:
        name, *numbers = (part.strip() for part in word.split(':'))
        if not name or len(numbers) not in (0, 2) or not all(
                number.isdecimal() for number in numbers):
            raise ValueError(f'cannot be {word!r}; {_RANGE}')
        if numbers and not 1 <= int(numbers[0]) <= int(
                numbers[1]) <= MAX_VLAN:
            raise ValueError(f'cannot be {word!r}; expected VLANs from 1 to '
                             f'{MAX_VLAN}, the lower one first')
        found.append(name)
    return tuple(found)
