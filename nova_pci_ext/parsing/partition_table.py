# SPDX-License-Identifier: Apache-2.0

"""The partitions that NVIDIA's fabric manager lists: ``fmpm -l``.

Read is a JSON object with a list ``partitionInfo`` of objects with
``partitionId``, ``numGpus`` and a list ``gpuInfo`` of objects with
``physicalId``, the id of the module, and ``pciBusId``.  The last is empty or
all zeros on boards on which the fabric manager does not know it.  Everything
else is left alone.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import TypeGuard

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.partition import Partition
from nova_pci_ext.parsing import documents

_EXPECTED = ('the JSON that fmpm -l prints: an object with a list '
             'partitionInfo')
_NOWHERE = PciAddress(0, 0, 0, 0)


def parse(text: str, source: str) -> tuple[Partition, ...]:
    """Read a table.

    :param source: what messages call the text, usually its path
    :returns: in the order of the table
    :raises DiscoveryError: if it is none, or contradicts itself
    """
    content = documents.decode(text, source, _EXPECTED)
    rows = content.get('partitionInfo') if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise exceptions.DiscoveryError(source, f'expected {_EXPECTED}')
    found: dict[int, Partition] = {}
    for index, row in enumerate(rows):
        each = _partition(row, f'{source}: partitionInfo[{index}]')
        if found.setdefault(each.number, each) is not each:
            raise exceptions.DiscoveryError(
                source, f'has partition {each.number} twice')
    return tuple(found.values())


def _partition(row: object, source: str) -> Partition:
    if not isinstance(row, dict):
        raise exceptions.DiscoveryError(source, 'expected an object')
    gpus = row.get('gpuInfo')
    if not isinstance(gpus, list) or not all(
            isinstance(gpu, dict) for gpu in gpus):
        raise exceptions.DiscoveryError(
            source, 'expected a list gpuInfo of objects')
    modules = tuple(_number(gpu, 'physicalId', source) for gpu in gpus)
    if len(set(modules)) < len(modules):
        raise exceptions.DiscoveryError(source, 'has a module twice')
    return Partition(
        number=_number(row, 'partitionId', source), modules=modules,
        size=_number(row, 'numGpus', source),
        addresses=tuple(_addresses(zip(modules, gpus, strict=True))))


def _number(row: Mapping[str, object], key: str, source: str) -> int:
    value = row.get(key)
    if not _is_number(value):
        raise exceptions.DiscoveryError(
            source, f'expected a number {key}, from 0')
    return value


def _is_number(value: object) -> TypeGuard[int]:
    return (isinstance(value, int) and not isinstance(value, bool)
            and value >= 0)


def _addresses(gpus: Iterator[tuple[int, Mapping[str, str]]],
               ) -> Iterator[tuple[int, PciAddress]]:
    for module, gpu in gpus:
        try:
            address = PciAddress.parse(gpu.get('pciBusId', ''))
        except exceptions.AddressError:
            continue
        if address != _NOWHERE:
            yield module, address
