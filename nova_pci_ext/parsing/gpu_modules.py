# SPDX-License-Identifier: Apache-2.0

"""Which GPU has which module id: ``nvidia-smi -q``, or lines ``id=address``.

The ids do not follow the order of the addresses, and a GPU that is on
vfio-pci is none of ``nvidia-smi``; so the map can be written by hand too.

::

    modules = smi / *(assignment / comment / blank)
    assignment = 1*DIGIT "=" address
    comment = "#" *CHAR

Of the output of ``nvidia-smi -q`` the lines ``GPU <address>`` at the left
edge and ``Module ID : <number>`` below them are read.
"""

import re
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress

_GPU = re.compile(r'GPU ([0-9A-Fa-f]{4,8}:\S+)\s*')
_MODULE = re.compile(r'\s+(?:GPU )?Module I[dD]\s*:\s*([0-9]{1,9})\s*')
_ASSIGNMENT = re.compile(r'\s*([0-9]{1,9})\s*=\s*(\S+)\s*')


def parse(text: str, source: str) -> dict[int, PciAddress]:
    """Read a map of module ids.

    :param source: what messages call the text, usually its path
    :raises DiscoveryError: for a line that is none, an id or an address that
        is there twice, and for a text without any
    """
    lines = text.splitlines()
    is_smi = any(_GPU.fullmatch(line) for line in lines)
    found: dict[int, PciAddress] = {}
    for number, module, address in (_of_smi(lines, source) if is_smi
                                    else _assignments(lines, source)):
        if module in found or address in found.values():
            raise exceptions.DiscoveryError(
                f'{source}:{number}', f'has module {module} or {address} '
                                      'again')
        found[module] = address
    if not found:
        raise exceptions.DiscoveryError(
            source, 'has no module ids; expected the output of '
                    'nvidia-smi -q, or lines such as 1=0000:b8:00.0')
    return found


def _of_smi(lines: list[str], source: str,
            ) -> Iterator[tuple[int, int, PciAddress]]:
    address = None
    for number, line in enumerate(lines, 1):
        gpu = _GPU.fullmatch(line)
        module = _MODULE.fullmatch(line)
        if gpu:
            address = _address(gpu[1], f'{source}:{number}')
        elif module and address is not None:
            yield number, int(module[1]), address


def _assignments(lines: list[str], source: str,
                 ) -> Iterator[tuple[int, int, PciAddress]]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        where = f'{source}:{number}'
        found = _ASSIGNMENT.fullmatch(line)
        if found is None:
            raise exceptions.DiscoveryError(
                where, 'expected a module id and an address, such as '
                       '1=0000:b8:00.0')
        yield number, int(found[1]), _address(found[2], where)


def _address(text: str, where: str) -> PciAddress:
    try:
        return PciAddress.parse(text)
    except exceptions.AddressError as exc:
        raise exceptions.DiscoveryError(where, str(exc)) from exc
